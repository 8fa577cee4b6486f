"""Cats and dogs: two classes, by one sigmoid unit and by two softmax units, which give the same frame of predictions.

    python examples/cats_dogs.py FOLDER

FOLDER holds train and test, each with one folder of pictures for cats and one for dogs.
"""

import sys

import tidycnn as tc

folder = sys.argv[1]
images = tc.image_table(folder)
generator = tc.image_data_generator(
    rescale=1 / 255,
    horizontal_flip=True,
    rotation_range=15,
    zoom_range=0.2,
    samplewise_center=True,
    samplewise_std_normalization=True,
)

for head in ["sigmoid", "softmax"]:
    classifier = tc.fit_classifier(
        tc.cnn((128, 128, 3), classes=2, dropout=0.2, head=head, seed=1),
        images,
        validation=0.2,
        generator=generator,
        epochs=15,
        patience=15,
        seed=1,
    )
    predictions = tc.predict_images(classifier, images[images["split"] == "test"])
    print(f"\n{head}")
    print(predictions[["path", "label", ".pred_class", ".pred_cats", ".pred_dogs"]].head(3).to_string(index=False))
    print(tc.score_predictions(predictions, metrics=["accuracy", "log_loss"], seed=1).to_string(index=False))
tc.autoplot(tc.confusion_matrix(predictions)).savefig("cats-dogs-confusion.png")
