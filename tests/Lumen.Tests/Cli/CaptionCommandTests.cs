using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class CaptionCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _clip,
        _images,
        _phrases;

    public CaptionCommandTests()
    {
        _clip = TinyModels.WriteClip(_folder.File("clip"));
        _images = _folder.File("images");
        Directory.CreateDirectory(_images);
        for (var i = 0; i < 3; i++)
            PngWriter.WriteRgb(Path.Combine(_images, $"{i}.png"), TinyModels.Scene(i, 48, 32));
        _phrases = _folder.File("phrases.toml");
        File.WriteAllText(_phrases, "[time]\nphrases = [\"by day\", \"at night\"]\nthreshold = 0\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Captions_are_written_once_and_a_second_run_leaves_them()
    {
        var run = Caption();
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("pictures 3 in", run.Output, StringComparison.Ordinal);
        Assert.Contains("wrote    3 captions:", run.Output, StringComparison.Ordinal);
        var list = File.ReadAllText(Path.Combine(_images, "metadata.jsonl"));
        Assert.Matches("^(\\{\"file_name\":\"[0-2]\\.png\",\"text\":\"(by day|at night)\"\\}\n){3}$", list);

        var again = Caption();
        Assert.Contains("3 of them with a caption", again.Output, StringComparison.Ordinal);
        Assert.Contains("wrote    nothing", again.Output, StringComparison.Ordinal);
        Assert.Equal(list, File.ReadAllText(Path.Combine(_images, "metadata.jsonl")));
    }

    [Fact]
    public void A_dry_run_writes_nothing_but_the_sheet_that_was_asked_for()
    {
        var run = Caption("--dry-run", "--sheet", _folder.File("sheet.png"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("would write 3 captions", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(_images).Length);
        Assert.True(PngReader.ReadSize(_folder.File("sheet.png")).Width > 3 * 48);
    }

    [Fact]
    public void Pictures_that_cannot_be_read_are_named_and_the_others_get_their_captions()
    {
        foreach (var name in new[] { "0.png", "bad.png" })
            File.WriteAllBytes(Path.Combine(_images, name), [.. File.ReadAllBytes(Path.Combine(_images, "1.png")).Take(60)]);
        var run = Caption();
        Assert.Equal(2, run.Code);
        Assert.Contains("2 of the pictures or their label maps cannot be read, the first: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("unread   0.png: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("unread   bad.png: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("wrote    2 captions", run.Output, StringComparison.Ordinal);
        var list = File.ReadAllText(Path.Combine(_images, "metadata.jsonl"));
        Assert.Equal(4, list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("{\"file_name\":\"bad.png\"}\n", list, StringComparison.Ordinal);

        Assert.Equal(2, Caption().Code); // none of those that are left can be read
        Assert.Equal(list, File.ReadAllText(Path.Combine(_images, "metadata.jsonl")));
        foreach (var name in new[] { "0.png", "bad.png" })
            PngWriter.WriteRgb(Path.Combine(_images, name), TinyModels.Scene(5, 48, 32));
        PngWriter.WriteRgb(Path.Combine(_images, "new.png"), TinyModels.Scene(6, 48, 32));
        var mended = Caption();
        Assert.True(mended.Code == 0, mended.Error);
        Assert.Contains("wrote    2 captions", mended.Output, StringComparison.Ordinal);
        Assert.Contains("1 picture is not in metadata.jsonl", mended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--threshold must be 0 to 1 but is 2", "--threshold", "2")]
    [InlineData("--sheet must be a .png file but is a.jpg", "--sheet", "a.jpg")]
    [InlineData("--template names {weather}, and there is no such group", "--template", "{weather}")]
    public void What_cannot_be_is_refused_in_a_sentence(string expected, params string[] more)
    {
        var run = Caption(more);
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(_images).Length);
    }

    [Fact]
    public void Clip_and_phrases_go_together_and_one_source_of_words_is_needed()
    {
        Assert.Contains(
            "--clip and --phrases go together",
            CommandLine.Run("caption", "--images", _images, "--clip", _clip).Error,
            StringComparison.Ordinal
        );
        var none = CommandLine.Run("caption", "--images", _images);
        Assert.Equal(2, none.Code);
        Assert.Contains("Give --clip and --phrases, or --from-classes", none.Error, StringComparison.Ordinal);
    }

    private CommandLine.Outcome Caption(params string[] more) =>
        CommandLine.Run(["caption", "--images", _images, "--clip", _clip, "--phrases", _phrases, .. more]);
}
