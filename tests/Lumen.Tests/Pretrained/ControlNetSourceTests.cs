using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Control;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Pretrained;

public class ControlNetSourceTests
{
    private static readonly string Folder = Golden.Folder("sd/pipeline/controlnet");

    [Theory]
    [InlineData(OriginalControlNetNames.Prefix)]
    [InlineData("")]
    public void An_original_file_holds_the_folders_weights_bit_for_bit(string prefix)
    {
        using var temporary = new TempFolder();
        using var scope = NewDisposeScope();
        var path = temporary.File("control.safetensors");
        OriginalFiles.WriteControlNet(path, Folder, prefix);
        var config = ControlNetConfig.Parse(File.ReadAllText(Path.Combine(Folder, "config.json")));
        using var file = Checkpoint.Open(path);
        using var view = OriginalControlNetNames.Of(config, prefix).View(file, "control");
        var expected = OriginalFiles.Read(Folder);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), view.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, pair => Assert.True(view.Read(pair.Key).bytes.SequenceEqual(pair.Value.bytes), pair.Key));
    }

    [Fact]
    public void A_diffusers_file_takes_the_configuration_beside_it()
    {
        using var source = ControlNetSource.Open(Path.Combine(Folder, "diffusion_pytorch_model.safetensors"));
        using var control = source.Load(Placement.Reference);
        Assert.Equal([4, 8, 12, 16], control.ControlConfig.ConditioningEmbeddingOutChannels);
    }

    [Fact]
    public void Another_file_is_refused_by_name()
    {
        var error = Assert.Throws<LumenException>(() =>
            ControlNetSource.Open(Golden.Path("sd/pipeline/vae/diffusion_pytorch_model.safetensors"))
        );
        Assert.Contains("is not a ControlNet: it is an autoencoder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_file_is_no_layout_adapter_and_says_so()
    {
        using var temporary = new TempFolder();
        EmptyWeights.Write(
            temporary.File("control.safetensors"),
            PublishedNames.Shapes("sd15_controlnet").Select(pair => (pair.Key, pair.Value))
        );
        using var model = DiffusionModel.Load(Golden.Folder("sd/pipeline"), Placement.Reference);
        var error = Assert.Throws<LumenException>(() => LayoutAdapter.Load(temporary.File("control.safetensors"), model));
        Assert.Contains("is a ControlNet of 3 condition channels but not a LUMEN adapter", error.Message, StringComparison.Ordinal);
    }
}
