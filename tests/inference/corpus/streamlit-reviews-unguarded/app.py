import pandas as pd
import streamlit as st
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

st.set_page_config(page_title="Reviews")


@st.cache_resource
def load(name: str):
    return AutoTokenizer.from_pretrained(name), AutoModelForSequenceClassification.from_pretrained(name)


def stars(texts: list[str]) -> list[int]:
    tokenizer, model = load("nlptown/bert-base-multilingual-uncased-sentiment")
    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    logits = model(**batch).logits  # expect: no-grad/unguarded-call
    return (logits.argmax(-1) + 1).tolist()


def histogram(values: list[int]) -> pd.DataFrame:
    return pd.Series(values).value_counts().reindex(range(1, 6), fill_value=0).to_frame("reviews")


st.title("What do they say?")
text = st.text_area("One review a line", height=200)
if st.button("Rate") and text:
    rated = stars([line for line in text.splitlines() if line.strip()])
    st.metric("Mean", f"{sum(rated) / len(rated):.1f} stars")
    st.bar_chart(histogram(rated))
