using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class InputGuardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public InputGuardTests()
    {
        Directory.CreateDirectory(_folder.File("in/sub"));
        File.WriteAllText(_folder.File("in/a.png"), "content");
        File.CreateSymbolicLink(_folder.File("link.png"), _folder.File("in/a.png"));
        Directory.CreateSymbolicLink(_folder.File("alias"), _folder.File("in"));
        HardLink.TryCreate(_folder.File("second.png"), _folder.File("in/a.png"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("in/a.png")]
    [InlineData("in/./sub/../a.png")]
    [InlineData("link.png")]
    [InlineData("alias/a.png")]
    [InlineData("second.png")]
    public void An_output_that_is_an_input_under_any_spelling_is_refused(string output)
    {
        if (output == "second.png" && !OperatingSystem.IsLinux())
            Assert.Skip("Two names of one file are not told here.");
        Assert.Contains(
            "would be written over although it is the input",
            Refused(output, _folder.File("in/a.png")),
            StringComparison.Ordinal
        );
        Assert.Contains("would be written over although it is", Refused(output, _folder.File("link.png")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_an_input_folder_is_refused_and_a_new_one_in_it_is_not()
    {
        Assert.Contains("part of the input", Refused("alias/a.png", _folder.File("in")), StringComparison.Ordinal);
        InputGuard.RequireOther(_folder.File("in/b.png"), _folder.File("in"));
        InputGuard.RequireOther(_folder.File("out.png"), _folder.File("in/a.png"), null, "", _folder.File("missing"));
    }

    [Fact]
    public void A_folder_for_results_that_holds_an_input_is_refused()
    {
        Assert.Contains(
            "lies in the folder for the results",
            Assert.Throws<LumenException>(() => InputGuard.RequireApart(_folder.File("alias"), _folder.File("in/a.png"))).Message,
            StringComparison.Ordinal
        );
        InputGuard.RequireApart(_folder.File("in/sub"), _folder.File("in/a.png"), null, _folder.File("missing"));
    }

    private string Refused(string output, string input)
    {
        var message = Assert.Throws<LumenException>(() => InputGuard.RequireOther(_folder.File(output), input)).Message;
        Assert.Equal("content", File.ReadAllText(_folder.File("in/a.png")));
        return message;
    }
}
