"""What `preflight()` says, in English and in Spanish.

Rules that are checked elsewhere say it there, in English: their sentences stand here too, so that they are recognised.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A message and what to do about it, with `{names}` of values."""

    message: str
    remedy: str = ""


class Text(NamedTuple):
    """What is said of a check in each language."""

    check: str
    en: Words
    es: Words


TEXTS = {
    "units": Text(
        "last layer",
        Words("`model` ends with {units}, but there are {labels} ({levels}).", "Give its last layer {wanted}."),
        Words("`model` termina con {units}, pero hay {labels} ({levels}).", "Dé a su última capa {wanted}."),
    ),
    "one softmax unit": Text(
        "last layer",
        Words("`model` ends with one softmax unit, which is 1 for every image.", "Use sigmoid, or two softmax units."),
        Words(
            "`model` termina con una unidad softmax, que vale 1 para toda imagen.",
            "Use sigmoid, o dos unidades softmax.",
        ),
    ),
    "loss for one unit": Text(
        "loss",
        Words(
            "`loss` {loss} needs one unit per label, but `model` ends with {units}.",
            "Use 'binary_crossentropy' with one sigmoid unit.",
        ),
        Words(
            "`loss` {loss} necesita una unidad por etiqueta, pero `model` termina con {units}.",
            "Use 'binary_crossentropy' con una unidad sigmoid.",
        ),
    ),
    "sigmoid with categorical loss": Text(
        "loss",
        Words(
            "The loss {loss} takes one probability distribution over the labels, but the model ends with sigmoid, "
            "whose units are independent of each other: it will learn badly.",
            "Give the last layer the activation 'softmax', or use the loss 'binary_crossentropy'.",
        ),
        Words(
            "La pérdida {loss} espera una distribución de probabilidad sobre las etiquetas, pero el modelo termina con "
            "sigmoid, cuyas unidades son independientes entre sí: aprenderá mal.",
            "Dé a la última capa la activación 'softmax', o use la pérdida 'binary_crossentropy'.",
        ),
    ),
    "loss of logits": Text(
        "loss",
        Words(
            "The loss {loss} takes values before the activation (from_logits), but the model ends with {activation}: "
            "it will learn badly.",
            "Compile it with from_logits = {value}.",
        ),
        Words(
            "La pérdida {loss} espera valores anteriores a la activación (from_logits), pero el modelo termina con "
            "{activation}: aprenderá mal.",
            "Compílelo con from_logits = {value}.",
        ),
    ),
    "loss of probabilities": Text(
        "loss",
        Words(
            "The loss {loss} takes probabilities, but the model ends without a softmax or sigmoid activation: it will "
            "learn badly.",
            "Compile it with from_logits = {value}.",
        ),
        Words(
            "La pérdida {loss} espera probabilidades, pero el modelo termina sin activación softmax ni sigmoid: "
            "aprenderá mal.",
            "Compílelo con from_logits = {value}.",
        ),
    ),
    "order of labels": Text(
        "labels",
        Words(
            "`{argument}` has the labels {labels}, but the training images have {known}.",
            "Give both the same `classes`, in the same order: a network knows labels by their positions alone.",
        ),
        Words(
            "`{argument}` tiene las etiquetas {labels}, pero las imágenes de entrenamiento tienen {known}.",
            "Dé a ambas los mismos `classes`, en el mismo orden: una red solo conoce las etiquetas por su posición.",
        ),
    ),
    "unknown labels": Text(
        "labels",
        Words(
            "`{argument}` has the labels {labels}, which are not among the levels {levels}.",
            "Give all levels, or drop those rows.",
        ),
        Words(
            "`{argument}` tiene las etiquetas {labels}, que no están entre los niveles {levels}.",
            "Dé todos los niveles, o quite esas filas.",
        ),
    ),
    "absent labels": Text(
        "labels",
        Words(
            "No training image has the label {labels}: the model cannot learn it.",
            "Where it should be no label, {way}.",
        ),
        Words(
            "Ninguna imagen de entrenamiento tiene la etiqueta {labels}: el modelo no puede aprenderla.",
            "Si no debe ser una etiqueta, {way}.",
        ),
    ),
    "shared images": Text(
        "shared images",
        Words(
            "{things} among the training and the validation images ({concerned} of {validation}), such as {examples}: "
            "validation will look better than it is.",
            "Take them out of one of the two, or divide all anew: `split_images()` keeps images of one `group` "
            "together.",
        ),
        Words(
            "Entre las imágenes de entrenamiento y las de validación se repite: {things} ({concerned} de "
            "{validation}), como {examples}: la validación parecerá mejor de lo que es.",
            "Quítelas de uno de los dos conjuntos, o divida todo de nuevo: `split_images()` mantiene juntas las "
            "imágenes de un mismo `group`.",
        ),
    ),
    "same flow": Text(
        "shared images",
        Words(
            "`validation` is the flow that trains: validation will look better than it is.", "Give images of their own."
        ),
        Words(
            "`validation` es el flujo que entrena: la validación parecerá mejor de lo que es.", "Dele imágenes propias."
        ),
    ),
    "scaled twice": Text(
        "scaling",
        Words(
            "Pixels are scaled twice: they come between {low} and {high}, and the layer {layer} scales them again, to "
            "between {low_after} and {high_after}.",
            "Leave one of both out, such as by a `generator` with rescale = {nothing}.",
        ),
        Words(
            "Los píxeles se escalan dos veces: llegan entre {low} y {high}, y la capa {layer} los escala otra vez, "
            "hasta quedar entre {low_after} y {high_after}.",
            "Prescinda de uno de los dos, por ejemplo con un `generator` con rescale = {nothing}.",
        ),
    ),
    "normalised otherwise": Text(
        "scaling",
        Words(
            "The layer {layer} subtracts means up to {mean}, as of grey levels, but pixels come between {low} and "
            "{high}.",
            "Give a `generator` with rescale = {nothing}, or adapt the layer to images that are scaled.",
        ),
        Words(
            "La capa {layer} resta medias de hasta {mean}, como de niveles de gris, pero los píxeles llegan entre "
            "{low} y {high}.",
            "Dé un `generator` con rescale = {nothing}, o adapte la capa a imágenes ya escaladas.",
        ),
    ),
    "not scaled": Text(
        "scaling",
        Words(
            "Pixels are not scaled: they reach the layer {layer} as grey levels between {low} and {high}.",
            "Give `image_data_generator(rescale = 1/255)` as `generator`, or begin the model with a Rescaling layer.",
        ),
        Words(
            "Los píxeles no se escalan: llegan a la capa {layer} como niveles de gris entre {low} y {high}.",
            "Dé `image_data_generator(rescale = 1/255)` como `generator`, o empiece el modelo con una capa Rescaling.",
        ),
    ),
    "function and factor": Text(
        "scaling",
        Words(
            "Pixels are scaled twice: by the function {function}, and then by rescale = {factor}.",
            "Give the generator the function alone.",
        ),
        Words(
            "Los píxeles se escalan dos veces: por la función {function}, y después por rescale = {factor}.",
            "Dé al generador solamente la función.",
        ),
    ),
    "other preprocessing": Text(
        "scaling",
        Words(
            "The network {network} was made for pixels between {low_wanted} and {high_wanted}, but they come between "
            "{low} and {high}.",
            "Give the generator its own function, `{function}`, and no `rescale`.",
        ),
        Words(
            "La red {network} se hizo para píxeles entre {low_wanted} y {high_wanted}, pero llegan entre {low} y "
            "{high}.",
            "Dé al generador su propia función, `{function}`, y ningún `rescale`.",
        ),
    ),
    "flat pixels": Text(
        "scaling",
        Words(
            "Almost nothing is left of the images: all pixels of {images} lie between {low} and {high}.",
            "See what scales them: `rescale`, a function, statistics, or a layer at the begin of the model.",
        ),
        Words(
            "Casi nada queda de las imágenes: todos los píxeles de {images} están entre {low} y {high}.",
            "Mire qué los escala: `rescale`, una función, estadísticas, o una capa al comienzo del modelo.",
        ),
    ),
    "pixel range": Text(
        "scaling",
        Words("Pixels reach the model between {low} and {high} (seen in {images})."),
        Words("Los píxeles llegan al modelo entre {low} y {high} (visto en {images})."),
    ),
    "accidental stride": Text(
        "strides",
        Words(
            "Windows of {kernel} pixels move in steps of {step} in {layers}: they do not overlap, and the image "
            "becomes {step} times smaller each time.",
            "Keras 1 wrote a window as two numbers; today the third argument is the step. For such windows in steps of "
            "1 write {wanted}. Where it is meant, nothing has to be done.",
        ),
        Words(
            "Ventanas de {kernel} píxeles se mueven en pasos de {step} en {layers}: no se solapan, y la imagen queda "
            "cada vez {step} veces más pequeña.",
            "Keras 1 escribía la ventana con dos números; hoy el tercer argumento es el paso. Para tales ventanas en "
            "pasos de 1 escriba {wanted}. Si es lo que quiere, no hay que hacer nada.",
        ),
    ),
    "frozen since": Text(
        "frozen layers",
        Words(
            "Layers of `model` were frozen or unfrozen after it began to learn ({weights} changed sides), which Keras "
            "heeds only once it is compiled again.",
            "This fit compiles a copy, and heeds it. Elsewhere compile the model again.",
        ),
        Words(
            "Se congelaron o descongelaron capas de `model` después de que empezara a aprender ({weights} cambiaron), "
            "lo que Keras solo respeta cuando se compila de nuevo.",
            "Este ajuste compila una copia, y lo respeta. En otro caso compile el modelo de nuevo.",
        ),
    ),
    "nothing to learn": Text(
        "frozen layers",
        Words(
            "No layer of `model` learns: all its weights are frozen.",
            "Unfreeze at least the last layer: `unfreeze_weights()`.",
        ),
        Words(
            "Ninguna capa de `model` aprende: todos sus pesos están congelados.",
            "Descongele al menos la última capa: `unfreeze_weights()`.",
        ),
    ),
    "imbalance": Text(
        "imbalance",
        Words(
            "The label {common} has {most} to learn from, {rare} only {least}.",
            'Give `class_weight = "balanced"`, and judge by the scores of each label.',
        ),
        Words(
            "La etiqueta {common} tiene {most} de las que aprender, {rare} solamente {least}.",
            'Dé `class_weight = "balanced"`, y juzgue por los resultados de cada etiqueta.',
        ),
    ),
    "no validation": Text(
        "validation",
        Words(
            "No image validates: how well the model does on others will not be known.",
            "Give `validation`, such as 0.2, or images with a `split`.",
        ),
        Words(
            "Ninguna imagen valida: no se sabrá cómo responde el modelo ante otras.",
            "Dé `validation`, por ejemplo 0.2, o imágenes con `split`.",
        ),
    ),
    "small validation": Text(
        "validation",
        Words(
            "{units} validate: of a model that is right in 90 % they may show {low} to {high} %, and differences "
            "within that decide nothing.",
            "Validate on more, or cross-validate: `vfold_images()`.",
        ),
        Words(
            "Validan {units}: de un modelo que acierta el 90 % pueden mostrar del {low} al {high} %, y las "
            "diferencias dentro de ese margen no deciden nada.",
            "Valide con más, o haga validación cruzada: `vfold_images()`.",
        ),
    ),
    "many steps": Text(
        "steps",
        Words(
            "An epoch of {steps} of {batch} shows each image {times} times: all {images} are seen in {whole}.",
            "If `steps_per_epoch` was to be the number of images, leave it out: it is {passes} then.",
        ),
        Words(
            "Una época de {steps} de {batch} muestra cada imagen {times} veces: todas las {images} se ven en {whole}.",
            "Si `steps_per_epoch` iba a ser el número de imágenes, déjelo fuera: entonces es {passes}.",
        ),
    ),
    "memory": Text(
        "memory",
        Words(
            "About {needed} of memory are needed ({weights} for {parameters} and what the optimizer keeps, "
            "{activations} for a batch of {batch}); {free} are free."
        ),
        Words(
            "Se necesitan unos {needed} de memoria ({weights} para {parameters} y lo que guarda el optimizador, "
            "{activations} para un lote de {batch}); hay {free} libres."
        ),
    ),
    "too little memory": Text(
        "memory",
        Words(
            "About {needed} of memory are needed ({weights} for {parameters} and what the optimizer keeps, "
            "{activations} for a batch of {batch}), but {free} are free.",
            "Give a smaller `batch_size` or `target_size`, or close something.",
        ),
        Words(
            "Se necesitan unos {needed} de memoria ({weights} para {parameters} y lo que guarda el optimizador, "
            "{activations} para un lote de {batch}), pero hay {free} libres.",
            "Dé un `batch_size` o un `target_size` menor, o cierre algo.",
        ),
    ),
    "no memory for a step": Text(
        "memory",
        Words(
            "The memory does not suffice to learn from a batch of {batch}.",
            "Give a smaller `batch_size` or `target_size`, or close something.",
        ),
        Words(
            "La memoria no basta para aprender de un lote de {batch}.",
            "Dé un `batch_size` o un `target_size` menor, o cierre algo.",
        ),
    ),
    "time": Text(
        "time",
        Words("A step of {batch} takes about {step}: about {epoch} an epoch, {all} in all ({epochs} of {steps})."),
        Words("Un paso de {batch} tarda unos {step}: unos {epoch} por época, {all} en total ({epochs} de {steps})."),
    ),
}
