using Lumen.Tests.Datasets;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class ReviewCommandTests(CommandLine cli) : IClassFixture<CommandLine>
{
    [Fact]
    public void Pictures_are_listed_rejected_by_name_and_by_agreement_and_taken_back()
    {
        var (data, output) = (cli.File("data"), cli.File("augmented"));
        new TinyDatasets(data).Write("folders");
        var made = CommandLine.Run([
            "augment",
            "--dataset",
            data,
            "--output",
            output,
            "--model",
            cli.Model,
            "--prompt",
            "fog",
            "--steps",
            "1",
            "--variants",
            "2",
            "--min-agreement",
            "-1",
        ]);
        Assert.True(made.Code == 0, made.Error);
        var list = CommandLine.Run("review", output);
        Assert.Equal(0, list.Code);
        Assert.Contains("6 new pictures, 0 accepted, 0 rejected", list.Error + list.Output, StringComparison.Ordinal);
        var name = list.Output.Split('\n')[0].Split("  ")[^1].Trim();
        var rejected = CommandLine.Run("review", output, "--reject", name, "--reason", "blurred");
        Assert.True(rejected.Code == 0, rejected.Error);
        Assert.Contains("(blurred)", rejected.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(output, name)));
        Assert.Equal(0, CommandLine.Run("verify", output).Code);
        Assert.Equal(0, CommandLine.Run("review", output, "--accept", name).Code);
        Assert.True(File.Exists(Path.Combine(output, name)));
        Assert.Contains(
            "\"verdict\": \"rejected\"",
            CommandLine.Run("review", output, "--reject-below", "1.5", "--json").Output,
            StringComparison.Ordinal
        );
        Assert.Equal(0, CommandLine.Run("verify", output).Code);
    }

    [Theory]
    [InlineData("nothing to review", "review", "nowhere")]
    [InlineData("is to be accepted and to be rejected", "review", "nowhere", "--accept", "a.png", "--reject", "a.png")]
    public void What_cannot_be_reviewed_is_a_sentence(string sentence, params string[] words)
    {
        var run = CommandLine.Run(words);
        Assert.Equal(2, run.Code);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }
}
