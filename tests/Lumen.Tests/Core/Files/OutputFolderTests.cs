using Lumen.Files;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Files;

public sealed class OutputFolderTests
{
    [Fact]
    public void A_folder_that_was_made_and_stayed_empty_goes_again_and_no_other_does()
    {
        using var folder = new TempFolder();
        var (made, used, there) = (folder.File("a/made"), folder.File("used"), folder.File("there"));
        Directory.CreateDirectory(there);
        using (OutputFolder.Prepare(made))
        using (OutputFolder.Prepare(used))
        using (OutputFolder.Prepare(there))
        {
            Assert.Empty(Directory.EnumerateFileSystemEntries(made)); // what it tried to write is gone
            File.WriteAllText(Path.Combine(used, "result.txt"), "");
        }
        Assert.Equal((false, true, true), (Directory.Exists(made), File.Exists(Path.Combine(used, "result.txt")), Directory.Exists(there)));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("taken"), "");
        var fault = Assert.Throws<LumenException>(() => OutputFolder.Prepare(folder.File("taken/inside")));
        Assert.Equal(LumenErrorKind.File, fault.Kind);
        Assert.Contains("taken/inside cannot be made or written", fault.Message, StringComparison.Ordinal);
    }
}
