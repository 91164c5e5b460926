using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Devices;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DefaultTypeCollection
{
    public const string Name = "Default type";
}

/// <summary>What libtorch's default type is belongs to the program that uses this library, and changes nothing here.</summary>
[Collection(DefaultTypeCollection.Name)]
public sealed class DefaultTypeTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Another_default_type_changes_no_byte_of_a_picture(ScalarType compute)
    {
        using var folder = new TempFolder();
        var path = TinyModels.Write(folder.File("tiny"));
        var placement = new Placement(CPU, compute);
        var usual = Made(path, placement);
        var before = get_default_dtype();
        Set(ScalarType.Float64);
        try
        {
            Assert.Equal(usual, Made(path, placement));
        }
        finally
        {
            Set(before);
        }
    }

    private static byte[] Made(string path, Placement placement)
    {
        using var model = DiffusionModel.Load(path, placement);
        using var adapter = LayoutAdapter.Load(Path.Combine(path, "controlnet"), model);
        var generator = new ImageGenerator(model, adapter);
        using var layout = generator.ExtractLayout(TinyModels.Scene(0));
        var request = GenerationRequest.For(layout, "a street at (night:1.2)");
        var picture = generator.Generate(request, new GenerationOptions { NumInferenceSteps = 2 })[0];
        var tiled = new TiledGenerator(generator, batch: 2);
        using var large = tiled.ExtractLayout(Resizing.Cover(TinyModels.Scene(1), 48, 32));
        var wide = tiled.Generate(GenerationRequest.For(large, "fog"), new GenerationOptions { NumInferenceSteps = 1 });
        return [.. picture.Rgb, .. wide.Rgb];
    }

#pragma warning disable RS0030 // the default type is what is tested
    private static void Set(ScalarType type) => set_default_dtype(type);
#pragma warning restore RS0030
}
