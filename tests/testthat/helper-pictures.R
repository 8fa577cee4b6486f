# Class folders of small grey pictures, each class around a level of its own; gives the folder.
local_picture_folder <- function(counts = c(cat = 6, dog = 4), .env = parent.frame()) {
  stand_in(
    "
import pathlib
import numpy as np
from PIL import Image

def draw_pictures(folder, counts):
    for position, (label, n) in enumerate(counts.items()):
        home = pathlib.Path(folder) / label
        home.mkdir(parents=True)
        for i in range(int(n)):
            noise = np.random.default_rng([position, i]).integers(-30, 30, (16, 24, 3))
            pixels = np.clip(60 + 140 * position + noise, 0, 255).astype('uint8')
            Image.fromarray(pixels).save(home / f'{label} é {i:03d}.png')
"
  )
  draw_pictures <- function(folder, counts) call_py("draw_pictures", module = "stand_in")
  folder <- withr::local_tempdir(.local_envir = .env)
  draw_pictures(file.path(folder, "pictures"), counts)
  file.path(folder, "pictures")
}

# A tiny classifier of those pictures, not fitted: its weights come from the seed.
toy_classifier <- function() {
  model <- cnn(c(16, 16, 3), 2, filters = 4, kernel_size = 3, units = 8, seed = 1)
  as_classifier(model, c("cat", "dog"))
}

# Two cats and two dogs, 6 pixels high and 8 wide.
local_pictures <- function(.env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = .env)
  for (label in c("cat", "dog")) {
    dir.create(file.path(folder, label))
    for (i in 1:2) {
      level <- i / 4 + 0.5 * (label == "dog")
      png::writePNG(array(level, c(6, 8, 3)), file.path(folder, label, paste0(i, ".png")))
    }
  }
  folder
}
