"""What the numbers of a tensor are: counted while the bytes go by, whatever the format that holds them."""
