using Xunit;

namespace Lumen.Tests.Cli;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("lumen gen", "generate")]
    [InlineData("/somewhere/lumen ev", "evaluate")]
    [InlineData("lumen layout ro", "rotate")]
    [InlineData("lumen generate --num", "--num-images-per-prompt", "--num-inference-steps")]
    [InlineData("lumen generate --dtype b", "bfloat16")]
    [InlineData("lumen generate --device ", "auto", "cpu", "cuda", "mps")]
    [InlineData("lumen condition a.png --kind ", "canny", "depth", "label-map", "normal", "soft-edge")]
    [InlineData("lumen generate --scheduler dd", "ddim", "ddpm")]
    [InlineData("lumen data check DIR --format ca", "camvid")]
    [InlineData("lumen layout fit --backbone st", "stable-diffusion")]
    [InlineData("lumen generate --quie", "--quiet")]
    [InlineData("lumen completion ", "bash", "fish", "pwsh", "zsh")]
    [InlineData("lumen nothing-like-it")]
    public void A_shell_is_told_the_words_that_fit(string line, params string[] words) => Assert.Equal(words, At(line).Order());

    [Fact]
    public void What_is_behind_the_cursor_does_not_count() =>
        Assert.Equal(["generate"], Words(CommandLine.Run("[suggest:9]", "lumen gen --prompt x")));

    [Theory]
    [InlineData("lumen generate --reference ")]
    [InlineData("lumen generate ")]
    public void Where_a_file_is_meant_the_shell_completes_it(string line) => Assert.Empty(At(line));

    [Theory]
    [InlineData("bash", "complete -o default -F _lumen lumen")]
    [InlineData("zsh", "compdef _lumen lumen")]
    [InlineData("fish", "complete -c lumen")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName lumen")]
    public void Each_shell_has_its_script(string shell, string line)
    {
        var run = CommandLine.Run("completion", shell);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(line, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    private static string[] At(string line) => Words(CommandLine.Run($"[suggest:{line.Length}]", line));

    private static string[] Words(CommandLine.Outcome run)
    {
        Assert.Equal((0, ""), (run.Code, run.Error));
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
