"""Figures of class weights: the ruler of N, and shares of the loss."""
