using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Conditions;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class ConditionCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _picture;

    public ConditionCommandTests()
    {
        _picture = _folder.File("street.png");
        PngWriter.WriteRgb(_picture, TinyModels.Scene(0));
    }

    [Theory]
    [InlineData("canny")]
    [InlineData("soft-edge")]
    public void Edges_are_drawn_from_the_picture_alone(string kind)
    {
        var run = Draw(kind);
        Assert.True(run.Code == 0, run.Error);
        var drawn = PictureReader.Read(_folder.File("drawn.png"));
        Assert.Equal((TinyModels.Size, TinyModels.Size), (drawn.Width, drawn.Height));
        Assert.Contains((byte)255, drawn.Rgb);
        Assert.True(drawn.Rgb.Min() < 100);
    }

    [Fact]
    public void Depth_normals_and_classes_are_drawn_from_files_beside_the_picture()
    {
        var pixels = TinyModels.Size * TinyModels.Size;
        PngWriter.WriteGray16(
            _folder.File("depth.png"),
            TinyModels.Size,
            TinyModels.Size,
            Enumerable.Range(0, pixels).Select(i => (ushort)(1000 + i)).ToArray()
        );
        PngWriter.WriteGray8(
            _folder.File("labels.png"),
            TinyModels.Size,
            TinyModels.Size,
            Enumerable.Range(0, pixels).Select(i => (byte)(i % 3)).ToArray()
        );
        PngWriter.WriteRgb(_folder.File("normals.png"), Picture.Filled(TinyModels.Size, TinyModels.Size, 128, 128, 255));
        Assert.Equal(0, Draw("depth", "--depth", _folder.File("depth.png")).Code);
        Assert.Equal((255, 0), (Drawn.At(0, 0).Red, Drawn.At(TinyModels.Size - 1, TinyModels.Size - 1).Red));
        Assert.Equal(0, Draw("label-map", "--labels", _folder.File("labels.png")).Code);
        Assert.Equal((128, 0, 0), Drawn.At(1, 0));
        Assert.Equal(0, Draw("normal", "--normals", _folder.File("normals.png")).Code);
        Assert.Equal((128, 128, 255), Drawn.At(0, 0));
    }

    [Fact]
    public void An_estimator_draws_depth_of_any_picture()
    {
        File.WriteAllBytes(_folder.File("depth.onnx"), OnnxFile.MeanOfChannels());
        var run = Draw("depth", "--estimator", _folder.File("depth.onnx"), "--estimator-input", "unit", "--estimator-size", "32");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains((byte)255, Drawn.Rgb);
    }

    [Theory]
    [InlineData("canny", "--output must be a .png file", "--output", "drawn.jpg")]
    [InlineData("depth", "The depth of this picture is not known")]
    [InlineData("normal", "The surface normals of this picture are not known")]
    [InlineData("label-map", "A label map needs the picture's labels")]
    [InlineData("canny", "the low one first, but are 200 and 100", "--low-threshold", "200", "--high-threshold", "100")]
    [InlineData("soft-edge", "--sigma must be 0.1 to 100 but is 0", "--sigma", "0")]
    [InlineData("depth", "There is no estimator at nowhere.onnx", "--estimator", "nowhere.onnx")]
    [InlineData("depth", "must be a 16-bit grey PNG", "--depth", "PICTURE")]
    [InlineData("label-map", "holds colours", "--labels", "PICTURE")]
    [InlineData("sketch", "--kind must be label-map, canny, soft-edge, depth or normal but is \"sketch\"")]
    public void Bad_input_is_refused_with_a_sentence(string kind, string sentence, params string[] more)
    {
        string[] given =
        [
            "condition",
            _picture,
            "--kind",
            kind,
            .. more.Contains("--output") ? [] : new[] { "--output", _folder.File("drawn.png") },
            .. more.Select(word => word == "PICTURE" ? _picture : word),
        ];
        var run = CommandLine.Run(given);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("drawn.png")));
    }

    [Fact]
    public void Files_of_another_size_and_pictures_that_are_absent_are_named()
    {
        PngWriter.WriteGray16(_folder.File("small.png"), 2, 2, new ushort[] { 1, 2, 3, 4 });
        Assert.Contains("small.png is 2 x 2, but the picture is", Draw("depth", "--depth", _folder.File("small.png")).Error);
        var run = CommandLine.Run("condition", _folder.File("none.png"), "--kind", "canny", "--output", _folder.File("drawn.png"));
        Assert.Equal(2, run.Code);
        Assert.Contains("none.png", run.Error);
    }

    public void Dispose() => _folder.Dispose();

    private Picture Drawn => PictureReader.Read(_folder.File("drawn.png"));

    private CommandLine.Outcome Draw(string kind, params string[] more) =>
        CommandLine.Run(["condition", _picture, "--kind", kind, "--output", _folder.File("drawn.png"), .. more]);
}
