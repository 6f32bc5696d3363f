"""The script is run anew for each interaction, in the thread that runs it: the switch at its top does hold here."""

import numpy as np
import streamlit as st
import torch

torch.set_grad_enabled(False)


@st.cache_resource
def denoiser():
    return torch.jit.load("denoise.ts").eval()


st.title("Less noise")
level = st.slider("Noise level", 0.0, 50.0, 25.0)
uploaded = st.file_uploader("An array of numpy", type="npy")
if uploaded is not None:
    noisy = torch.from_numpy(np.load(uploaded)).float()[None, None] / 255
    clean = denoiser()(torch.cat([noisy, torch.full_like(noisy, level / 255)], dim=1))
    st.image(clean[0, 0].clamp(0, 1).numpy())
