"""The same in Python: the classifier that R trained is opened, and one is trained; results and plots go to demo/."""

import sys
from pathlib import Path

import tidycnn as tc

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo/cells")
images = tc.image_table(folder)
if not (images.get("split") == "test").any():
    images = tc.split_images(images, seed=1)
held_out = images[images["split"] == "test"]

classifier = tc.fit_classifier(
    tc.blood_cells_small((96, 96, 3), classes=len(images["label"].cat.categories), seed=1),
    images,
    validation=None if (images["split"] == "validation").any() else 0.15,
    generator=tc.image_data_generator(rescale=1 / 255, horizontal_flip=True, vertical_flip=True),
    batch_size=8,
    epochs=20,
    patience=6,
    seed=1,
)
predictions = tc.predict_images(classifier, held_out)
scores = tc.score_predictions(predictions, seed=1)
print(scores.to_string(index=False))
predictions.to_csv("demo/predictions-python.csv", index=False)
scores.to_csv("demo/scores-python.csv", index=False)
tc.autoplot(classifier).savefig("demo/history-python.png", dpi=120)
tc.autoplot(tc.confusion_matrix(predictions)).savefig("demo/confusion-python.png", dpi=120)

from_r = tc.predict_images(tc.load_classifier("demo/classifier"), held_out)
same = (from_r[".pred_class"].astype(str) == predictions[".pred_class"].astype(str)).mean()
print(f"The classifiers trained in R and in Python agree on {same:.1%} of {len(held_out)} held-out images.")
