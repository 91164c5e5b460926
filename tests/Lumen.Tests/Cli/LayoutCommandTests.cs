using Lumen.Core.Imaging;
using Lumen.Layouts;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class LayoutCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void A_basis_is_fitted_to_a_folder_and_extracts_and_shows_layouts()
    {
        var pictures = cli.File("pictures");
        for (var index = 0; index < 3; index++) PngWriter.WriteRgb(Path.Combine(pictures, $"{index}.png"), TinyModels.Scene(index, 40 + index, 32));
        var fit = CommandLine.Run("layout", "fit", "--model", cli.Model, "--images", pictures, "--components", "5", "--layer", "up_blocks[1]", "--normalisation", "centre", "--output-dir", cli.File("basis"));
        Assert.True(fit.Code == 0, fit.Error);
        using var basis = LayoutBasis.Load(cli.File("basis"));
        Assert.Equal((5, FeatureNormalisation.Centre, "up_blocks[1]"), (basis.Components, basis.Options.Normalisation, basis.Source.Layer));
        Assert.True(File.Exists(cli.File("basis/variance.png")));
        Assert.True(File.Exists(cli.File("basis/layouts.png")));

        var extract = CommandLine.Run("layout", "extract", "--model", cli.Model, "--images", pictures, "--basis", cli.File("basis"), "--output", cli.File("layouts"));
        Assert.True(extract.Code == 0, extract.Error);
        using var layout = NeuralLayout.Load(cli.File("layouts/2.safetensors"));
        layout.Require(basis);

        var show = CommandLine.Run("layout", "show", cli.File("layouts/2.safetensors"), "--basis", cli.File("basis"), "--output-dir", cli.File("shown"));
        Assert.True(show.Code == 0, show.Error);
        Assert.Equal(["2-components.png", "2-layout.png", "2-variance.png"], Directory.EnumerateFiles(cli.File("shown")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_picture_is_shown_with_the_adapters_basis()
    {
        var show = CommandLine.Run("layout", "show", "--reference", cli.Reference, "--model", cli.Model, "--output-dir", cli.File("street"));
        Assert.True(show.Code == 0, show.Error);
        var drawn = PictureReader.Read(cli.File("street/street-layout.png"));
        Assert.Equal((TinyModels.Size, TinyModels.Size), (drawn.Width, drawn.Height));
    }

    [Fact]
    public void More_components_than_channels_are_refused()
    {
        var fit = CommandLine.Run("layout", "fit", "--model", cli.Model, "--images", Path.GetDirectoryName(cli.Reference)!, "--components", "99", "--layer", "up_blocks[1]", "--output-dir", cli.File("refused"));
        Assert.Equal(2, fit.Code);
        Assert.Contains("99 components were asked for, but the features of up_blocks[1] have only 8 channels", fit.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(cli.File("refused")));
    }

    [Theory]
    [InlineData("--layer", "up_blocks[9]", "The feature layer \"up_blocks[9]\" is not known")]
    [InlineData("--timestep", "1000", "--timestep must be 0 to 999 but is 1000")]
    [InlineData("--images", "/nowhere", "There is no folder of pictures at /nowhere")]
    public void What_cannot_be_fitted_is_refused(string option, string value, string sentence)
    {
        string[] images = option == "--images" ? [] : ["--images", Path.GetDirectoryName(cli.Reference)!];
        var fit = CommandLine.Run(["layout", "fit", "--model", cli.Model, "--components", "4", "--output-dir", cli.File("out"), .. images, option, value]);
        Assert.Equal(2, fit.Code);
        Assert.Contains(sentence, fit.Error, StringComparison.Ordinal);
    }
}
