using System.Text.Json;
using Lumen.Cli;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData(
        "plain, \u00e9, \u4e16\u754c, \U0001F469\u200d\U0001F680, tab\tand\nlines\r\n",
        "plain, \u00e9, \u4e16\u754c, \U0001F469\u200d\U0001F680, tab\tand\nlines\r\n"
    )]
    [InlineData("\u001b]0;title\u0007\u001b[2J", "\\u001b]0;title\\u0007\\u001b[2J")]
    [InlineData("over\rwritten\b\0", "over\\u000dwritten\\u0008\\u0000")]
    [InlineData("\u009b2J\u007f", "\\u009b2J\\u007f")]
    [InlineData("gpj\u202e.exe\u2066\u200f\u061c", "gpj\\u202e.exe\\u2066\\u200f\\u061c")]
    [InlineData("two\u2028lines\u2029\u00ad\ufeff\u200b", "two\\u2028lines\\u2029\\u00ad\\ufeff\\u200b")]
    [InlineData("tag\U000E0041", "tag\\udb40\\udc41")]
    public void What_is_not_seen_is_written_out(string text, string expected) => Assert.Equal(expected, VisibleText.Of(text));

    [Fact]
    public void A_name_from_a_file_cannot_begin_a_line_of_its_own()
    {
        Assert.Equal("car\\nerror: forged\\r\\n\\t", VisibleText.OneLine("car\nerror: forged\r\n\t"));
        using var error = new StringWriter();
        new Terminal(TextWriter.Null, error, isInteractive: false).Warn("car\nerror: forged");
        Assert.Equal($"warning: car\\nerror: forged{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public void Half_a_character_is_written_out()
    {
        Assert.Equal("a\\ud83db", VisibleText.Of("a\ud83db"));
        Assert.Equal("a\\ude80", VisibleText.Of("a\ude80"));
        Assert.Equal("\\ud83d", VisibleText.Of("\ud83d"));
    }

    [Fact]
    public void Json_that_is_printed_stays_the_same_json()
    {
        const string Name = "a\u202eb\U000E0041";
        Assert.Equal(Name, JsonSerializer.Deserialize<string>(VisibleText.Of($"\"{Name}\"")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_that_the_terminal_writes_is_visible(bool isInteractive)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, isInteractive);
        const string Evil = "\u001b[2J\u202e";
        terminal.Line(Evil);
        terminal.Output.Write(Evil);
        terminal.Output.Write("{0}", Evil);
        terminal.Output.Write(Evil.AsSpan());
        foreach (var letter in Evil + "\U000E0041\U0001F680")
            terminal.Output.Write(letter);
        terminal.Output.WriteLine(Evil.ToCharArray());
        terminal.Status(Evil);
        terminal.Warn(Evil);
        terminal.Error.WriteLine(Evil);
        Assert.Equal(6, output.ToString().Split("\\u001b[2J\\u202e").Length - 1);
        Assert.Equal(3, error.ToString().Split("\\u001b[2J\\u202e").Length - 1);
        Assert.Contains("\\udb40\\udc41\U0001F680", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", output.ToString() + error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", output.ToString() + error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_licence_with_escape_sequences_is_shown_and_does_nothing()
    {
        using var line = new CommandLine();
        File.WriteAllText(Path.Combine(line.Model, "README.md"), "---\nlicense: \u001b]0;owned\u0007free\u202e\n---\n");
        var shown = CommandLine.Run("model", "info", line.Model);
        Assert.Contains("\\u001b]0;owned\\u0007free\\u202e", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_about_a_name_with_escape_sequences_does_nothing()
    {
        var failed = CommandLine.Run("verify", "no\u001b[2Jsuch\u202e");
        Assert.Equal(2, failed.Code);
        Assert.Contains("no\\u001b[2Jsuch\\u202e", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", failed.Error, StringComparison.Ordinal);
        var unknown = CommandLine.Run("generate", "--pro\u001b[2Jmpt", "x");
        Assert.DoesNotContain("\u001b", unknown.Error, StringComparison.Ordinal);
    }
}
