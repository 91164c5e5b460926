using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Generation;

public sealed class TinyModelTests
{
    [Fact]
    public void A_tiny_model_loads_with_its_adapter_and_generates()
    {
        using var folder = new TempFolder();
        var path = TinyModels.Write(folder.File("tiny"));
        using var model = DiffusionModel.Load(path, Placement.Reference);
        using var adapter = LayoutAdapter.Load(Path.Combine(path, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        using var layout = generator.ExtractLayout(TinyModels.Scene(0));
        Assert.Equal(TinyModels.Components, layout.Layout.Components);

        var request = GenerationRequest.For(layout, "a street at night");
        var picture = Assert.Single(generator.Generate(request, new GenerationOptions { NumInferenceSteps = 2 }));
        Assert.Equal((TinyModels.Size, TinyModels.Size), (picture.Width, picture.Height));
        var without = Assert.Single(generator.Generate(request, new GenerationOptions { NumInferenceSteps = 2, ConditioningScale = 0 }));
        Assert.NotEqual(without.Rgb, picture.Rgb);
    }
}
