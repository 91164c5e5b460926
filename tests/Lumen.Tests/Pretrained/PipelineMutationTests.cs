using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

/// <summary>Whatever is done to a file of a model folder: the folder opens, or a sentence says why not.</summary>
public sealed class PipelineMutationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _model;

    public PipelineMutationTests() => _model = TinyModels.Write(_folder.File("tiny"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model_index.json", 15)]
    [InlineData("unet/config.json", 15)]
    [InlineData("vae/config.json", 15)]
    [InlineData("text_encoder/config.json", 15)]
    [InlineData("controlnet/config.json", 15)]
    public void Any_mutation_opens_or_is_refused_and_model_info_says_what_it_is(string file, int count)
    {
        var path = Path.Combine(_model, file);
        Mutation.Survive(
            path,
            count,
            () =>
            {
                ModelInspector.Inspect(_model);
                using var model = DiffusionModel.Load(_model, Placement.Reference);
                using var adapter = LayoutAdapter.Load(Path.Combine(_model, "controlnet"), model);
            },
            megabytes: 64
        );
    }

    // 16384 channels would be 10 GB for each convolution.
    [Theory]
    [InlineData("unet", "block_out_channels", "[8192, 16384]")]
    [InlineData("vae", "block_out_channels", "[8192, 16384]")]
    [InlineData("text_encoder", "vocab_size", "4000000")]
    public void Weights_that_the_file_does_not_hold_are_not_allocated(string part, string key, string value)
    {
        var path = Path.Combine(_model, part, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        var before = Environment.WorkingSet;
        Assert.Contains(
            "does not fit",
            Assert.Throws<LumenException>(() => DiffusionModel.Load(_model, Placement.Reference)).Message,
            StringComparison.Ordinal
        );
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 500L << 20);
    }
}
