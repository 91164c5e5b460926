using Lumen.Hub;
using Xunit;

namespace Lumen.Tests.Hub;

public class PullSelectionTests
{
    private static readonly HubId Id = HubId.Parse("org/name")!;

    private static readonly string[] Pipeline =
    [
        ".gitattributes",
        "README.md",
        "model_index.json",
        "v1-5-pruned.safetensors",
        "v1-5-pruned.ckpt",
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "vae/config.json",
        "vae/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "text_encoder/model.fp16.safetensors",
        "safety_checker/model.safetensors",
        "feature_extractor/preprocessor_config.json",
        "sample.png",
    ];

    [Fact]
    public void Of_a_pipeline_the_parts_are_taken_each_in_one_form() =>
        Assert.Equal(
            [
                "README.md",
                "model_index.json",
                "scheduler/scheduler_config.json",
                "text_encoder/config.json",
                "text_encoder/model.safetensors",
                "tokenizer/merges.txt",
                "tokenizer/vocab.json",
                "unet/config.json",
                "unet/diffusion_pytorch_model.safetensors",
                "vae/config.json",
                "vae/diffusion_pytorch_model.fp16.safetensors",
            ],
            PullSelection.Choose(Pipeline, Id, [], null)
        );

    [Fact]
    public void A_variant_is_taken_where_there_is_one() =>
        Assert.Equal(
            [
                "text_encoder/model.fp16.safetensors",
                "unet/diffusion_pytorch_model.fp16.safetensors",
                "vae/diffusion_pytorch_model.fp16.safetensors",
            ],
            PullSelection.Choose(Pipeline, Id, [], "fp16").Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal))
        );

    [Fact]
    public void Shards_come_with_their_index()
    {
        string[] files =
        [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "model.fp16-00001-of-00001.safetensors",
            "model.safetensors.index.fp16.json",
        ];
        Assert.Equal(
            ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            PullSelection.Choose(files, Id, [], null)
        );
        Assert.Equal(
            ["config.json", "model.fp16-00001-of-00001.safetensors", "model.safetensors.index.fp16.json"],
            PullSelection.Choose(files, Id, [], "fp16")
        );
    }

    [Fact]
    public void A_repository_without_weights_says_what_it_has()
    {
        Assert.Contains(
            "holds no weights (.safetensors). It has: config.json, notes.txt",
            Assert.Throws<LumenException>(() => PullSelection.Choose(["config.json", "notes.txt"], Id, [], null)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "pickles only (a.ckpt)",
            Assert.Throws<LumenException>(() => PullSelection.Choose(["a.ckpt"], Id, [], null)).Message,
            StringComparison.Ordinal
        );
    }
}
