"""Inputs that other tools keep, as records: ONNX test data, MLflow input examples, TF-Serving warm-ups.

    imported = read_inputs(Path("models/demand"))   # gatekeeper.replay.imports.reading

Their formats are read here with what the gate has anyway: a reader of protobuf's wire format, of TFRecord's frames, and
of JSON. Nothing of what is read is run, and nothing is believed: sizes, lengths and nesting are bounded.
"""
