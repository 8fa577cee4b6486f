"""White blood cells: four kinds, told apart by a small network.

    python examples/blood_cells.py FOLDER

FOLDER holds TRAIN, TEST and TEST_SIMPLE, each with one folder of pictures for each kind of cell.
"""

import sys

import tidycnn as tc

folder = sys.argv[1]

images = tc.image_table(folder, splits={"train": "TRAIN", "test": "TEST", "test_simple": "TEST_SIMPLE"})
tc.autoplot(tc.class_counts(images)).savefig("blood-cells-counts.png")

classifier = tc.fit_classifier(
    tc.blood_cells_small(classes=4, seed=1),
    images,
    validation=0.15,
    epochs=10,
    patience=3,
    seed=1,
)
tc.save_classifier(classifier, "blood-cells-classifier", overwrite=True)
tc.autoplot(classifier).savefig("blood-cells-history.png")

# The set is made of many augmented copies of few photographs. The share of TRAIN that validates holds copies of what
# was learned from, and an interval over the images of TEST takes copies for independent: both flatter. TEST_SIMPLE has
# the photographs themselves.
for split in ["test", "test_simple"]:
    predictions = tc.predict_images(classifier, images[images["split"] == split])
    print(f"\n{split}")
    print(tc.score_predictions(predictions, metrics=["accuracy", "balanced_accuracy"], seed=1).to_string(index=False))
tc.autoplot(tc.confusion_matrix(predictions)).savefig("blood-cells-confusion.png")
