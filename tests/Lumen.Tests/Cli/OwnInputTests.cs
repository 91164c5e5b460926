using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>No command writes over what it reads.</summary>
public sealed class OwnInputTests : IDisposable
{
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Theory]
    [InlineData("picture.png")]
    [InlineData("./x/../picture.png")]
    [InlineData("link.png")]
    public void A_condition_is_not_drawn_over_its_picture(string spelling)
    {
        var picture = _line.File("picture.png");
        File.Copy(_line.Reference, picture);
        File.CreateSymbolicLink(_line.File("link.png"), picture);
        Unchanged(picture, "condition", picture, "--kind", "canny", "--output", _line.File(spelling));
        Unchanged(picture, "condition", _line.Reference, "--kind", "label-map", "--labels", picture, "--output", _line.File(spelling));
    }

    [Fact]
    public void Neither_a_layout_nor_its_drawing_is_written_over_what_was_edited()
    {
        var layout = _line.File("street.safetensors");
        Assert.Equal(
            0,
            CommandLine.Run("layout", "extract", "--reference", _line.Reference, "--output", layout, "--model", _line.Model).Code
        );
        Unchanged(layout, "layout", "mirror", layout, "--output", layout);
        var mask = _line.File("edited-edit.png");
        PngWriter.WriteRgb(mask, new Picture(8, 8, [.. Enumerable.Repeat((byte)255, 8 * 8 * 3)]));
        Unchanged(mask, "layout", "erase", layout, "--mask", mask, "--output", _line.File("edited.safetensors"));
        Unchanged(mask, "layout", "mirror", mask, "--model", _line.Model, "--output", _line.File("edited.safetensors"));
        var basis = Path.Combine(_line.Model, "controlnet", "lumen", "basis.safetensors");
        Unchanged(basis, "layout", "extract", "--reference", _line.Reference, "--model", _line.Model, "--output", basis);
    }

    [Fact]
    public void A_basis_is_not_fitted_into_the_model_that_it_is_fitted_to()
    {
        Directory.CreateDirectory(_line.File("pictures"));
        File.Copy(_line.Reference, _line.File("pictures/a.png"));
        var basis = Path.Combine(_line.Model, "controlnet", "lumen", "basis.safetensors");
        Unchanged(
            basis,
            "layout",
            "fit",
            "--images",
            _line.File("pictures"),
            "--model",
            _line.Model,
            "--components",
            "2",
            "--layer",
            "up_blocks[1]",
            "--output-dir",
            Path.Combine(_line.Model, "controlnet")
        );
    }

    [Fact]
    public void A_result_is_not_written_over_the_reference_it_is_made_from()
    {
        Directory.CreateDirectory(_line.File("out"));
        File.CreateSymbolicLink(_line.File("out/street-0.png"), _line.Reference);
        var refused = _line.Generate(_line.File("out"));
        Assert.Equal(2, refused.Code);
        Assert.Contains("would be written over although it is the input", refused.Error, StringComparison.Ordinal);
        Assert.NotNull(new FileInfo(_line.File("out/street-0.png")).LinkTarget);
    }

    [Fact]
    public void A_model_is_not_converted_into_a_folder_that_holds_it()
    {
        var part = Path.Combine(_line.Model, "unet", "diffusion_pytorch_model.safetensors");
        Directory.CreateDirectory(_line.File("new"));
        Directory.Move(Path.Combine(_line.Model, "unet"), _line.File("new/unet"));
        Unchanged(
            _line.File("new/unet/diffusion_pytorch_model.safetensors"),
            "model",
            "convert",
            _line.File("new/unet"),
            "--output-dir",
            _line.File("new")
        );
        Assert.False(File.Exists(part));
    }

    private static void Unchanged(string file, params string[] arguments)
    {
        var before = File.ReadAllBytes(file);
        var run = CommandLine.Run(arguments);
        Assert.Equal(2, run.Code);
        Assert.Matches("would be written over", run.Error);
        Assert.Equal(before, File.ReadAllBytes(file));
    }
}
