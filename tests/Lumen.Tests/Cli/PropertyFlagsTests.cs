using Lumen.Cli;
using Xunit;

namespace Lumen.Tests.Cli;

public class PropertyFlagsTests
{
    [Fact]
    public void A_message_of_the_library_names_the_flag_to_change()
    {
        var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, false);
        terminal.Error.WriteLine("`NumInferenceSteps` must be 1 to 1000 but is 0. Give `OutputDir` a folder.");
        terminal.Warn("A lower `GuidanceScale` may help.");
        Assert.Equal(
            [
                "--num-inference-steps must be 1 to 1000 but is 0. Give --output-dir a folder.",
                "warning: A lower --guidance-scale may help.",
            ],
            error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public void What_is_no_property_stays_as_it_is_written() =>
        Assert.Equal("a `Street` at `night`, `", PropertyFlags.In("a `Street` at `night`, `"));
}
