"""The calculator of class weights."""
