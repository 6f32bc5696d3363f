"""Golden records: inputs with what the predictor answered when it was approved, and what "the same" means.

    document    golden/records.jsonl: read, written, kept when it is recorded anew
    describing  what the header says of inputs and outputs, worked out from records
    tolerance   how far a number may be from its golden one
    judging     golden records against answers
    repeating   answers against answers to the same records
    coverage    the smallest change that a golden set detects
    selection   which rows become golden records
    difference  golden records against the ones that shall replace them

No worker is started here, and numpy is loaded only where there are arrays (`arrays`, `tensors`, `vectors`).
"""
