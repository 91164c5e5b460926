using System.Text.RegularExpressions;
using Lumen.Cli;
using Spectre.Console;
using Xunit;

namespace Lumen.Tests.Cli;

/// <summary>What is written where, how much of it, and how.</summary>
public sealed class TerminalTests(CommandLine line) : IClassFixture<CommandLine>
{
    private const string Escape = "\u001b[";

    [Fact]
    public void Piped_progress_is_plain_lines_with_rate_and_time_left()
    {
        var (error, time) = (new StringWriter(), TimeSpan.Zero);
        using (var bar = new ProgressBar(new Terminal(TextWriter.Null, error, isInteractive: false), "steps", () => time))
        {
            foreach (var (done, seconds) in new[] { (1, 0.5), (4, 1.0), (10, 5.5), (20, 10.0) })
            {
                time = TimeSpan.FromSeconds(seconds);
                bar.Report(done, 20, "note");
            }
        }
        Assert.Equal(
            ["steps      1/20  2.0/s  10 s left  note", "steps      10/20  1.8/s  6 s left  note", "steps      20/20  2.0/s  note"],
            Lines(error)
        );
    }

    [Fact]
    public void Work_that_goes_on_does_not_count_what_was_done_before()
    {
        var (error, time) = (new StringWriter(), TimeSpan.FromSeconds(1));
        using (var bar = new ProgressBar(new Terminal(TextWriter.Null, error, isInteractive: false), "pictures", () => time))
        {
            bar.Report(900, 1000);
            time = TimeSpan.FromSeconds(201);
            bar.Report(950, 1000);
        }
        Assert.Equal(["pictures   900/1000", "pictures   950/1000  4.00 s each  3:20 min left"], Lines(error));
    }

    [Fact]
    public void A_terminal_has_one_line_with_a_bar_no_wider_than_itself()
    {
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, isInteractive: true)
        {
            ErrorPaint = Colours(error, ColorSystemSupport.Standard),
        };
        terminal.Status("steps ", 0.5, new string('x', 300));
        var shown = error.ToString();
        Assert.StartsWith($"\rsteps {Escape}32m━━━━━━━━━━━━{Escape}0m──────────── xxx", shown, StringComparison.Ordinal);
        Assert.Equal(59, Regex.Replace(shown, @"\x1b\[[\d;]*m|\r", "").Length);
        terminal.Status("steps ", -1, "y");
        Assert.EndsWith($"\rsteps y{new string(' ', 52)}", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ColorSystemSupport.Standard, true)]
    [InlineData(ColorSystemSupport.NoColors, false)]
    public void Warnings_and_errors_have_colours_where_the_terminal_has(ColorSystemSupport support, bool isColoured)
    {
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, isInteractive: true) { ErrorPaint = Colours(error, support) };
        terminal.Warn("Mind the gap.");
        terminal.Fail("There is none.");
        var plain = Regex.Replace(error.ToString(), @"\x1b\[[\d;]*m", "");
        Assert.Equal(["warning: Mind the gap.", "error: There is none."], plain.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(isColoured, error.ToString().Contains($"{Escape}33m", StringComparison.Ordinal));
    }

    [Fact]
    public void Quiet_leaves_results_warnings_and_errors()
    {
        var loud = line.Generate(line.File("loud"));
        var quiet = line.Generate(line.File("quiet"), "--quiet");
        Assert.Contains("wrote ", loud.Output, StringComparison.Ordinal);
        Assert.Contains("steps ", loud.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (quiet.Code, quiet.Output));
        Assert.All(Lines(quiet.Error), warning => Assert.StartsWith("warning: ", warning, StringComparison.Ordinal));
        Assert.Contains("layout_agreement", line.Generate(line.File("json"), "--json", "-q").Output, StringComparison.Ordinal);
        Assert.StartsWith("error: ", line.Generate(line.File("fault"), "--eta", "7", "-q").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbose_tells_times_and_where_an_error_came_from()
    {
        var done = line.Generate(line.File("verbose"), "--verbose");
        Assert.Matches(@"(?m)^time     steps: 2 in \d+\.\d\d s", done.Error);
        Assert.Matches(@"(?m)^time     \d+\.\d\d s in all, \d+\.\d\d s of processors, \d+ MB of memory at most\r?$", done.Error);
        var plain = line.Generate(line.File("fault"), "--eta", "7");
        var verbose = line.Generate(line.File("fault"), "--eta", "7", "-v");
        Assert.DoesNotContain("   at Lumen.", plain.Error, StringComparison.Ordinal);
        Assert.StartsWith(plain.Error, verbose.Error, StringComparison.Ordinal);
        Assert.Contains("   at Lumen.", verbose.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_and_verbose_contradict_each_other()
    {
        var run = CommandLine.Run("study", "list", "--quiet", "--verbose");
        Assert.Equal(2, run.Code);
        Assert.Contains("--quiet and --verbose contradict each other.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(59.0, "59 s")]
    [InlineData(200.0, "3:20 min")]
    [InlineData(7500.0, "2:05 h")]
    public void Times_are_short(double seconds, string words) => Assert.Equal(words, ProgressBar.Words(TimeSpan.FromSeconds(seconds)));

    private static string[] Lines(object text) => text.ToString()!.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static Paint Colours(TextWriter writer, ColorSystemSupport support) =>
        Paint.Of(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = support,
                Out = new AnsiConsoleOutput(writer),
            },
            width: 60
        );
}
