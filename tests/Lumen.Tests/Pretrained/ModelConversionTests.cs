using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Autoencoding;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Pretrained;

public class ModelConversionTests
{
    private static readonly string Pipeline = Golden.Folder("sd/pipeline");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_single_file_becomes_a_folder_with_the_same_weights_and_tokens(bool openClip)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var file = folder.File("single.safetensors");
        OriginalFiles.WritePipeline(file, Pipeline, openClip);
        var options = new ModelFileOptions { Config = Pipeline };
        ModelConversion.Convert(file, folder.File("out"), new ConversionOptions { File = options });
        using var expected = DiffusionModel.Load(file, Placement.Reference, options);
        using var model = DiffusionModel.Load(folder.File("out"), Placement.Reference);
        foreach (var part in new[] { "unet", "vae" })
        {
            var (written, source) = (OriginalFiles.Read(folder.File($"out/{part}")), OriginalFiles.Read(Path.Combine(Pipeline, part)));
            Assert.Equal(source.Keys.Order(StringComparer.Ordinal), written.Keys.Order(StringComparer.Ordinal));
            Assert.All(
                source,
                pair =>
                    Assert.True(
                        pair.Value.dtype == written[pair.Key].dtype
                            && pair.Value.shape.SequenceEqual(written[pair.Key].shape)
                            && pair.Value.bytes.SequenceEqual(written[pair.Key].bytes),
                        pair.Key
                    )
            );
        }
        Assert.Equal(expected.Tokenizer.Encode("a street").Ids, model.Tokenizer.Encode("a street").Ids);
        Assert.Equal(openClip ? 0 : 49407, model.Tokenizer.PadId);
        Assert.Equal(expected.Schedule.Config, model.Schedule.Config);
        Assert.True(expected.Embed(["a street"]).bytes.SequenceEqual(model.Embed(["a street"]).bytes));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, "BF16")]
    [InlineData(ScalarType.Float16, "F16")]
    [InlineData(ScalarType.Float32, "F32")]
    public void Weights_are_rounded_once_to_the_type_asked_for(ScalarType dtype, string name)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        ModelConversion.Convert(Pipeline, folder.File("out"), new ConversionOptions { DType = dtype });
        Assert.All(
            ModelInspector.Inspect(folder.File("out")).Parts.Where(part => part.Bytes > 0),
            part => Assert.Equal([name], part.DTypes)
        );
        var (source, written) = (OriginalFiles.Read(Path.Combine(Pipeline, "unet")), OriginalFiles.Read(folder.File("out/unet")));
        Assert.All(source, pair => Assert.True(written[pair.Key].bytes.SequenceEqual(pair.Value.to_type(dtype).bytes), pair.Key));
        using var model = DiffusionModel.Load(folder.File("out"), Placement.Reference);
    }

    [Fact]
    public void Original_controlnets_and_autoencoders_become_diffusers_folders()
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var names = OriginalAutoencoderNames.Of(AutoencoderConfig.Parse(PublishedNames.Config("sd_vae")), "");
        EmptyWeights.Write(
            folder.File("vae.safetensors"),
            PublishedNames.Shapes("sd_vae").Select(pair => (names.ToStored(pair.Key)!.Stored, pair.Value))
        );
        ModelConversion.Convert(folder.File("vae.safetensors"), folder.File("vae"), new ConversionOptions());
        Assert.Equal(
            PublishedNames.Shapes("sd_vae").Keys.Order(StringComparer.Ordinal),
            OriginalFiles.Read(folder.File("vae")).Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(AutoencoderConfig.Parse(PublishedNames.Config("sd_vae")).ToJson(), File.ReadAllText(folder.File("vae/config.json")));
        ModelConversion.Convert(
            Path.Combine(Pipeline, "controlnet"),
            folder.File("control"),
            new ConversionOptions { DType = ScalarType.BFloat16 }
        );
        using var control = ControlNetSource.Open(folder.File("control"));
        using var loaded = control.Load(Placement.Reference);
    }

    [Fact]
    public void An_adapter_keeps_its_basis()
    {
        using var folder = new TempFolder();
        var model = TinyModels.Write(folder.File("tiny"));
        ModelConversion.Convert(
            Path.Combine(model, "controlnet"),
            folder.File("adapter"),
            new ConversionOptions { DType = ScalarType.Float32 }
        );
        using var loaded = DiffusionModel.Load(model, Placement.Reference);
        using var adapter = LayoutAdapter.Load(folder.File("adapter"), loaded);
        Assert.Equal(TinyModels.Components, adapter.Basis.Components);
    }

    [Fact]
    public void A_backbone_keeps_its_names()
    {
        using var folder = new TempFolder();
        ModelConversion.Convert(Golden.Folder("dinov2/reg4/hf"), folder.File("out"), new ConversionOptions { DType = ScalarType.Float32 });
        Assert.StartsWith("dinov2", ModelInspector.Inspect(folder.File("out")).Family, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_too_large_for_float16_is_refused_and_nothing_is_left()
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        OriginalFiles.Copy(Path.Combine(Pipeline, "controlnet"), folder.File("big"));
        var weights = OriginalFiles.Read(folder.File("big"));
        weights["conv_in.bias"] = weights["conv_in.bias"].to_type(ScalarType.Float32) + 70000;
        SafetensorsWriter.Write(folder.File("big/diffusion_pytorch_model.safetensors"), weights);
        Refused(
            "conv_in.bias holds values beyond 65504, which float16 cannot hold. Use `Dtype` bf16.",
            folder.File("big"),
            folder.File("out"),
            new ConversionOptions { DType = ScalarType.Float16 }
        );
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_folder_that_holds_a_model_is_not_written_over()
    {
        using var folder = new TempFolder();
        var model = OriginalFiles.Copy(Pipeline, folder.File("model"));
        Refused("holds model_index.json already. Give `OutputDir` a new or empty folder.", model, model);
    }

    [Fact]
    public void An_incomplete_source_is_refused_before_anything_is_written()
    {
        using var folder = new TempFolder();
        var model = OriginalFiles.Copy(Pipeline, folder.File("model"));
        Directory.Delete(Path.Combine(model, "tokenizer"), recursive: true);
        Refused("is not complete and cannot be converted", model, folder.File("out"));
        Assert.False(Directory.Exists(folder.File("out")));
        Refused(
            "it is a LoRA (kohya's names)",
            EmptyWeights.Write(folder.File("lora.safetensors"), [("lora_unet_x", [1])]),
            folder.File("out")
        );
    }

    [Fact]
    public void A_stopped_conversion_leaves_no_half_file_and_no_model()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var progress = new StopAfter(stop);
        Assert.Throws<OperationCanceledException>(() =>
            ModelConversion.Convert(Pipeline, folder.File("out"), new ConversionOptions(), progress, stop.Token)
        );
        Assert.Empty(Directory.EnumerateFiles(folder.File("out"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_large_tensor_passes_in_small_pieces()
    {
        using var folder = new TempFolder();
        using var weights = Checkpoint.Open(
            EmptyWeights.Write(folder.File("model.safetensors"), [("embedding", [20_000_000]), ("bias", [7])])
        );
        var pieces = new Pieces();
        CheckpointCopy.Write(folder.File("copy.safetensors"), weights, ScalarType.Float32, pieces, TestContext.Current.CancellationToken);
        Assert.InRange(pieces.Largest, 1, 16_000_000);
        Assert.Equal(40_000_014, pieces.Last);
        using var copy = Checkpoint.Open(folder.File("copy.safetensors"));
        Assert.Equal([20_000_000L], copy.Entries["embedding"].Shape);
    }

    private static void Refused(string sentence, string source, string output, ConversionOptions? options = null) =>
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => ModelConversion.Convert(source, output, options ?? new ConversionOptions())).Message,
            StringComparison.Ordinal
        );

    private sealed class StopAfter(CancellationTokenSource stop) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value) => stop.Cancel();
    }

    private sealed class Pieces : IProgress<long>
    {
        public long Last { get; private set; }

        public long Largest { get; private set; }

        public void Report(long value) => (Largest, Last) = (Math.Max(Largest, value - Last), value);
    }
}
