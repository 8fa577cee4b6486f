"""White blood cells: four kinds, told apart by a small network.

    python examples/blood_cells.py FOLDER [GROUPS.csv]

FOLDER holds TRAIN, TEST and TEST_SIMPLE, each with one folder of pictures for each kind of cell. GROUPS.csv says in the
columns `path` (below FOLDER) and `photo` which pictures are copies of one photograph, where that is known.
"""

import sys

import pandas as pd

import tidycnn as tc

folder = sys.argv[1]

images = tc.image_table(folder, splits={"train": "TRAIN", "test": "TEST", "test_simple": "TEST_SIMPLE"})
tc.autoplot(tc.class_counts(images)).savefig("blood-cells-counts.png")

# The pictures are augmented copies of few photographs. A share of TRAIN would hold copies of what was learned from, so
# none is set apart: the number of epochs is chosen beforehand.
classifier = tc.fit_classifier(
    tc.blood_cells_small((120, 160, 3), classes=4, seed=1),
    images[images["split"] == "train"],
    generator=tc.image_data_generator(
        rescale=1 / 255,
        horizontal_flip=True,
        vertical_flip=True,
        rotation_range=20,
        samplewise_center=True,
        samplewise_std_normalization=True,
    ),
    batch_size=50,
    epochs=10,
    seed=1,
)
tc.save_classifier(classifier, "blood-cells-classifier", overwrite=True)
tc.autoplot(classifier).savefig("blood-cells-history.png")
print(classifier)


def show_accuracy(title: str, predictions: pd.DataFrame) -> None:
    print(f"\n{title}")
    print(tc.score_predictions(predictions, metrics=["accuracy", "balanced_accuracy"], seed=1).to_string(index=False))


test = tc.predict_images(classifier, images[images["split"] == "test"])
simple = tc.predict_images(classifier, images[images["split"] == "test_simple"])
show_accuracy("TEST, pictures taken for independent (the interval is too narrow)", test)
if len(sys.argv) > 2:
    groups = pd.read_csv(sys.argv[2])
    photos = dict(zip(f"{folder}/" + groups["path"], groups["photo"], strict=True))
    show_accuracy(
        "TEST, pictures whose photograph is known, by photograph", test.assign(group=test["path"].map(photos))
    )
show_accuracy("TEST_SIMPLE, one picture a photograph", simple)
tc.autoplot(tc.confusion_matrix(simple)).savefig("blood-cells-confusion.png")
