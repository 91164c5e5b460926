using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>What <c>lumen studio</c> refuses; tests/Lumen.Studio.Tests runs it.</summary>
public sealed class StudioCommandTests(CommandLine command) : IClassFixture<CommandLine>
{
    [Theory]
    [InlineData("--listen", "0.0.0.0", "--listen must be the address by which others reach this machine")]
    [InlineData("--listen", "studio.example", "--listen must be an IP address of this machine or localhost")]
    [InlineData("--port", "70000", "--port must be 0 to 65535 but is 70000")]
    public void An_address_that_cannot_be_used_is_refused(string option, string value, string sentence)
    {
        var run = CommandLine.Run("studio", "--model", command.Model, "--gallery", command.File("gallery"), option, value);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_token_and_a_gallery_that_is_a_file_are_refused()
    {
        File.WriteAllText(command.File("token"), "short\n");
        var token = CommandLine.Run("studio", "--model", command.Model, "--token-file", command.File("token"));
        Assert.Contains("--token-file must have at least 16 characters but has 5", token.Error, StringComparison.Ordinal);
        var gallery = CommandLine.Run("studio", "--model", command.Model, "--gallery", command.Reference);
        Assert.Equal(2, gallery.Code);
    }
}
