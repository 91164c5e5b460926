using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

/// <summary>A program can act on the kind of a fault without reading its sentence.</summary>
public sealed class LumenErrorKindTests
{
    [Fact]
    public void Faults_that_a_program_meets_have_the_kind_of_what_is_to_be_changed()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("broken.json"), "{");
        File.WriteAllText(folder.File("broken.png"), "no picture");
        File.WriteAllText(folder.File("broken.safetensors"), "no tensors, but long enough for a header");
        Directory.CreateDirectory(folder.File("empty"));
        Is(LumenErrorKind.File, () => PipelineSource.Open(folder.File("none"), new ModelFileOptions()));
        Is(LumenErrorKind.Format, () => JsonFile.Read(folder.File("broken.json")));
        Is(LumenErrorKind.Format, () => Picture.Load(folder.File("broken.png")));
        Is(LumenErrorKind.Format, () => Checkpoint.Open(folder.File("broken.safetensors")));
        Is(LumenErrorKind.Dataset, () => DatasetFormats.Open(folder.File("empty")));
        Is(LumenErrorKind.Option, () => new GenerationOptions { Strength = 2 }.Validate());
        Is(LumenErrorKind.Device, () => Placement.Parse("tpu"));
        using var held = FolderLock.Take(folder.File("out"), "a run");
        Is(LumenErrorKind.File, () => FolderLock.Take(folder.File("out"), "another run"));
    }

    [Fact]
    public void An_adapter_of_another_model_is_a_fault_of_the_model()
    {
        using var folder = new TempFolder();
        var (one, other) = (TinyModels.Write(folder.File("one"), seed: 1), TinyModels.Write(folder.File("other"), seed: 2));
        using var model = DiffusionModel.Load(one, Placement.Reference);
        Is(LumenErrorKind.Model, () => LayoutAdapter.Load(Path.Combine(other, "controlnet"), model));
        using var own = LayoutAdapter.Load(Path.Combine(one, "controlnet"), model);
        using var basis = LayoutBasis.Load(Path.Combine(other, "controlnet"));
        using var layout = new ImageGenerator(model, own).ExtractLayout(TinyModels.Scene(0)).Layout;
        Is(LumenErrorKind.Model, () => layout.Require(basis));
    }

    private static void Is(LumenErrorKind kind, Action act)
    {
        var fault = Assert.Throws<LumenException>(act);
        Assert.True(kind == fault.Kind, $"{fault.Kind}, not {kind}: {fault.Message}");
    }
}
