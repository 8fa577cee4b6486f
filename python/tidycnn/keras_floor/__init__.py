"""What R's Keras floor asks of Keras: layers, models and training in the words of the scripts of 2018."""
