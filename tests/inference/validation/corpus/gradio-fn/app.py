import gradio as gr
import joblib

model = joblib.load("model.joblib")


def price(unit_cost, units):  # expect: input-validation/raw-input, input-validation/raw-input
    return float(model.predict([[unit_cost, units]])[0])


demo = gr.Interface(fn=price, inputs=["number", "number"], outputs="number")
demo.launch()
