using Lumen.Cli;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>Slips of the hand in commands, options and words.</summary>
public sealed class SuggestionTests
{
    [Theory]
    [InlineData("generat", "generate")]
    [InlineData("genrate", "generate")]
    [InlineData("GENERATE", "generate")]
    [InlineData("agument", "augment")]
    [InlineData("eval", "evaluate")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_meant_unless_none_is_near(string typed, string? meant) =>
        Assert.Equal(meant, Suggestion.Nearest(typed, ["generate", "augment", "evaluate", "verify"]));

    [Theory]
    [InlineData("Did you mean generate?", "genrate", "--prompt", "x")]
    [InlineData("Did you mean --num-inference-steps?", "generate", "--prompt", "x", "--num-inference-step", "4")]
    [InlineData("Did you mean --steps?", "generate", "--prompt", "x", "--stpes", "4")]
    [InlineData("Did you mean --reference?", "generate", "--prompt", "x", "--refrence", "a.png")]
    [InlineData("Did you mean dpmpp_2m_karras?", "generate", "--prompt", "x", "--scheduler", "DPMPP-2M-Karras")]
    [InlineData("Did you mean bfloat16?", "generate", "--prompt", "x", "--dtype", "bfloat")]
    [InlineData("Did you mean model pull?", "pull", "a/b")]
    [InlineData("Did you mean fit?", "layout", "ift")]
    public void A_slip_is_answered_with_what_was_meant(string sentence, params string[] arguments)
    {
        var run = CommandLine.Run(arguments);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_near_nothing_is_left_without_a_guess()
    {
        var run = CommandLine.Run("generate", "--prompt", "x", "--zzzzzzzz", "1");
        Assert.Equal(2, run.Code);
        Assert.DoesNotContain("Did you mean", run.Error, StringComparison.Ordinal);
    }
}
