namespace Lumen.Cli;

/// <summary>What people want to do, and the command for it: the first table of docs/commands.md.</summary>
internal static class CommandTasks
{
    public const string Table = """
        | what | command |
        | --- | --- |
        | draw a picture's layout | `lumen layout show --reference FILE --output-dir out` |
        | layouts of another backbone: DINO, DINOv2, CLIP, SigLIP, MAE | `lumen layout fit --backbone dinov2 --weights PATH --images DIR --output-dir basis`, then `lumen layout show --reference FILE --basis basis --backbone-weights PATH`; adapters on them by `lumen train adapter --backbone-weights PATH` |
        | several blocks of the U-Net at once, or keys of its self-attention | `lumen layout fit --layer up_blocks[1]+up_blocks[2] ...`, `lumen layout fit --layer up_blocks[2] --facet key ...` |
        | keep a layout, use it later | `lumen layout extract --reference FILE --output street.safetensors`, then `lumen generate --layout street.safetensors ...` |
        | edit a layout: mix two along a mask, copy a part elsewhere, erase, mirror, choose components | `lumen layout mix A B --mask right-half.png --output mixed.safetensors`; `lumen layout paste`, `erase`, `mirror`, `rotate`, `keep`, `drop`, `scale` |
        | look instead of reading: layouts, pictures and their history on a page | `lumen studio`, see [studio.md](studio.md) |
        | references, prompts or settings against each other on one sheet | `lumen grid --reference A --reference B --prompt X --prompt Y`, `lumen grid --reference A --prompt X --vary components=1,8,32` |
        | looser: fewer components | `lumen generate ... --components 8` |
        | another sampler, fewer steps | `lumen generate ... --scheduler dpmpp_2m --steps 12` |
        | draw edges, depth, normals or classes for an ordinary ControlNet | `lumen condition PICTURE --kind canny --output edges.png` |
        | an ordinary ControlNet (canny, depth ...) of your model | `lumen generate --model DIR --adapter CONTROLNET_DIR --condition-image canny.png --prompt ...` |
        | render streets with labels, depth and normals | `lumen scenes render --count 100 --output-dir streets` |
        | is my labelled data set sound? what is in it? | `lumen data check DIR`, `lumen data info DIR` |
        | augment a labelled data set: night, fog, snow with the labels you have | `lumen augment --dataset DIR --output DIR --variants 3 --prompts prompts.toml`, see [augment.md](augment.md) |
        | train, fit, augment, evaluate or render in several processes, on one machine or a cluster | `mpirun -np 4 lumen train ...`, see [cluster.md](cluster.md) |
        | captions for your own pictures | `lumen caption --images DIR --clip DIR --phrases FILE`, see [captions](captions.md) |
        | look new pictures through, and take out those that will not do | `lumen review DIR`, `lumen review DIR --reject NAME,NAME` |
        | check an augmented data set; make one of its pictures again, or one that `lumen generate` made | `lumen verify DIR`, `lumen reproduce PICTURE` |
        | give words more or less weight | `lumen generate --prompt "a street at night in (fog:1.4), [cars]" ...`, see [formats](formats.md#prompts) |
        | how much a choice of features leaks of time and weather | `lumen evaluate leak`; of vision transformers: `lumen evaluate leak --backbone-weights PATH,PATH` |
        | what computes here: devices, libtorch, speed; choose one with `--device` | `lumen doctor`, see [devices.md](devices.md) |
        | what a file or folder is, and what it lacks | `lumen model info PATH` |
        | use a checkpoint of your own | `lumen generate --model v1-5-pruned.safetensors --tokenizer DIR ...`, see [formats](formats.md#a-model-a-single-file) |
        | fetch a model from the hub, then use its name as a path | `lumen model pull stable-diffusion-v1-5/stable-diffusion-v1-5`, then `lumen generate --model stable-diffusion-v1-5/stable-diffusion-v1-5 ...` |
        | any checkpoint as a diffusers folder, in another type | `lumen model convert PATH --output-dir DIR --dtype bf16` |
        | train on your own pictures, with or without labels | `lumen train vae --recipe recipes/photos-vae.json --train-data-dir DIR --output-dir vae`, then `lumen train base` and `lumen train adapter` alike, see [CONTRIBUTING.md](../CONTRIBUTING.md#train-on-your-own-pictures) |
        | train the built-in model again | `lumen train vae`, `lumen train base`, `lumen train adapter`, see [CONTRIBUTING.md](../CONTRIBUTING.md#run-a-recipe) |
        | train a backbone of your own, without labels: DINO, DINOv2, CLIP | `lumen train backbone --family dino --recipe recipes/street-tiny-dino.json --output-dir DIR`, then `--backbone-weights DIR/model` wherever weights are asked for |
        | train a small network that sees classes, depth, normals, instances and headings, to evaluate pictures with | `lumen train perception --recipe recipes/street-tiny-perception.json --output-dir DIR`, then `lumen evaluate perception --network DIR/perception` |
        | does it work? layout against label map, edges, depth; the dial of N; backbones; what components mean; leaks; does agreement find wrong pixels; does training gain | `lumen study list`, then `lumen study conditions --recipe recipes/study-conditions.json --output-dir DIR`, see [results.md](results.md) |
        | measure a model on 100 streets it has not seen | `lumen evaluate quick --model models/street-tiny --references 100 --json` |
        """;
}
