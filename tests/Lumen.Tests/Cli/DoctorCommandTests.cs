using System.Globalization;
using Xunit;

namespace Lumen.Tests.Cli;

public sealed class DoctorCommandTests
{
    [Fact]
    public void It_says_what_computes_here_and_measures_every_device()
    {
        var run = CommandLine.Run("doctor");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains($"libtorch {TorchSharp.torch.__version__}", run.Output, StringComparison.Ordinal);
        Assert.Contains("bfloat16 in hardware", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{TorchSharp.torch.get_num_threads()} threads", run.Output, StringComparison.Ordinal);
        var devices = Line(run.Output, "devices  ").Split(", ");
        foreach (var device in devices)
        {
            var product = run
                .Output.Split('\n')
                .Single(line =>
                    line.StartsWith(device, StringComparison.Ordinal) && line.Contains("matrix product", StringComparison.Ordinal)
                );
            var speed = product.Split(", ")[^1].Split(' ')[0];
            Assert.True(double.Parse(speed, CultureInfo.InvariantCulture) > 0, product);
        }
    }

    [Fact]
    public void One_device_in_one_type_can_be_asked_for()
    {
        var run = CommandLine.Run("doctor", "--device", "cpu", "--dtype", "float32");
        Assert.Equal(0, run.Code);
        Assert.Contains("matrix product in float32", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_told_with_those_that_are()
    {
        var run = CommandLine.Run("doctor", "--device", "cuda:9");
        Assert.Equal(2, run.Code);
        Assert.Contains("Devices here: cpu", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generate")]
    [InlineData("augment")]
    [InlineData("reproduce")]
    [InlineData("layout fit")]
    [InlineData("layout show")]
    [InlineData("layout extract")]
    [InlineData("evaluate quick")]
    [InlineData("evaluate leak")]
    [InlineData("evaluate perception")]
    [InlineData("study conditions")]
    [InlineData("train vae")]
    [InlineData("train base")]
    [InlineData("train adapter")]
    [InlineData("train backbone")]
    [InlineData("train perception")]
    public void Every_verb_that_computes_takes_a_device(string verb)
    {
        var run = CommandLine.Run([.. verb.Split(' '), "--help"]);
        Assert.Contains("--device <cpu|cuda|cuda:N|mps|auto>", run.Output, StringComparison.Ordinal);
    }

    private static string Line(string output, string head) =>
        output.Split('\n').Single(line => line.StartsWith(head, StringComparison.Ordinal))[head.Length..].Trim();
}
