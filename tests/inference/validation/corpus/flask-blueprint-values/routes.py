from flask import Blueprint, current_app, jsonify, request

bp = Blueprint("pricing", __name__)


@bp.route("/price")
def price():
    row = [request.args.get("unit_cost", 0.0, type=float), request.args.get("units", type=int)]  # expect: input-validation/raw-input, input-validation/raw-input, input-validation/sentinel-default
    return jsonify(price=current_app.model.predict([row]).tolist())
