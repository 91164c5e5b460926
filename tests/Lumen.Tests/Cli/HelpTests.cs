using Xunit;

namespace Lumen.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string, string> Verbs =>
        new()
        {
            { "", "generate" },
            { "generate", "--num-inference-steps" },
            { "layout", "extract" },
            { "layout fit", "--normalisation" },
            { "layout extract", "--basis" },
            { "layout show", "<FILE>" },
            { "layout mix", "--amount" },
            { "layout paste", "--to" },
            { "layout erase", "--region" },
            { "layout mirror", "--axis" },
            { "layout rotate", "--inverse" },
            { "layout keep", "<LIST>" },
            { "layout drop", "1,3,5-7" },
            { "layout scale", "--factor" },
            { "condition", "--estimator-size" },
            { "train", "adapter" },
            { "train vae", "--resume-from-checkpoint" },
            { "train base", "--vae" },
            { "train adapter", "--proportion-empty-prompts" },
            { "train backbone", "dino|dinov2|clip" },
            { "train perception", "--mixed-precision" },
            { "evaluate perception", "--network" },
            { "scenes", "render" },
            { "scenes render", "--split" },
            { "evaluate", "quick" },
            { "evaluate quick", "--references" },
            { "evaluate leak", "--backbone-weights" },
            { "study", "correlation" },
            { "study conditions", "--references" },
            { "augment", "--min-agreement" },
            { "reproduce", "ITEM" },
            { "verify", "DIR" },
            { "doctor", "--device" },
            { "data", "check" },
            { "data check", "--format" },
            { "data info", "--json" },
        };

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_explains_itself(string verb, string mentioned)
    {
        var run = CommandLine.Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains($"lumen {verb}".TrimEnd(), run.Output, StringComparison.Ordinal);
        Assert.Contains(mentioned, run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 112));
    }

    [Fact]
    public void A_group_tells_each_verb_in_one_paragraph()
    {
        var run = CommandLine.Run("layout", "--help");
        Assert.Contains("Fit a layout basis to a folder of pictures.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("variance.png", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_verb_the_help_is_shown()
    {
        var run = CommandLine.Run();
        Assert.Equal(0, run.Code);
        Assert.Contains("lumen generate --reference", run.Output, StringComparison.Ordinal);
    }
}
