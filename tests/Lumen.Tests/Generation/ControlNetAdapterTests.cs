using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

public sealed class PictureAdapterTests
{
    [Fact]
    public void The_condition_is_the_pictures_colours_from_0_to_1()
    {
        using var scope = NewDisposeScope();
        var picture = Picture.Filled(2, 1, 0, 51, 255);
        TensorAssert.Close(tensor(new[] { 0f, 0, 0.2f, 0.2f, 1, 1 }).reshape(1, 3, 1, 2), ControlNetAdapter.Condition(picture), 1e-6, 0);
    }

    [Fact]
    public void Requests_with_a_condition_image_need_an_adapter_and_their_own_size()
    {
        using var model = DiffusionModel.Load(Golden.Folder("sd/pipeline"), Placement.Reference);
        using var adapter = ControlNetAdapter.Load(Path.Combine(Golden.Folder("sd/pipeline"), "controlnet"), model);
        var generator = new ImageGenerator(model, null) { ControlNetAdapter = adapter };
        var request = generator.RequestFor(Picture.Filled(30, 20, 255, 255, 255), "a dog", (21, 17));
        Assert.Equal((21, 17, 32, 32), (request.Width, request.Height, request.PaddedWidth, request.PaddedHeight));
        var options = new GenerationOptions { NumInferenceSteps = 2 };
        TensorLeak.Check(() => generator.Generate(request, options), 3);
        Assert.Contains(
            "`Adapter`",
            Assert.Throws<LumenException>(() => new ImageGenerator(model, null).Generate(request, options)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => generator.Generate(request with { PaddedWidth = 64 }, options));
        Assert.Throws<ArgumentException>(() => generator.GenerateBatch([request, request with { ConditionImage = null }], options));
    }

    [Fact]
    public void A_label_map_is_brought_to_the_results_size_without_mixing_ids()
    {
        using var folder = new TempFolder();
        var path = TinyModels.Write(folder.File("tiny"));
        TinyModels.WriteAdapter(folder.File("labels"), path, new ConditionSettings { Kind = ConditionKind.LabelMap }.Filled(10));
        using var model = DiffusionModel.Load(path, Placement.Reference);
        using var adapter = ControlNetAdapter.Load(folder.File("labels"), model);
        var generator = new ImageGenerator(model, null) { ControlNetAdapter = adapter };
        var ids = Enumerable.Range(0, 30 * 20).SelectMany(at => Enumerable.Repeat((byte)(at % 3 == 0 ? 9 : 0), 3));
        var request = generator.RequestFor(new Picture(30, 20, [.. ids]), "a street", (64, 64));
        Assert.Equal((64, 64), (request.ConditionImage!.Width, request.ConditionImage.Height));
        Assert.Equal(new byte[] { 0, 9 }, request.ConditionImage.Rgb.Distinct().Order());
    }
}
