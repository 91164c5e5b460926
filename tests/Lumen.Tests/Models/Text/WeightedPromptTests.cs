using System.Globalization;
using Lumen.Models.Text;
using Xunit;

namespace Lumen.Tests.Models.Text;

/// <summary>Emphasis as AUTOMATIC1111's web UI reads it.</summary>
public sealed class WeightedPromptTests
{
    [Theory]
    [InlineData("a street at night", "a street at night=1")]
    [InlineData("", "=1")]
    [InlineData("(fog)", "fog=1.1")]
    [InlineData("((fog))", "fog=1.21")]
    [InlineData("[fog]", "fog=0.909091")]
    [InlineData("[[fog]]", "fog=0.826446")]
    [InlineData("([fog])", "fog=1")]
    [InlineData("a (fog:1.2) street", "a =1|fog=1.2| street=1")]
    [InlineData("a (fog: 1.2 ) street", "a =1|fog=1.2| street=1")]
    [InlineData("a (fog:1.0) street", "a fog street=1")]
    [InlineData("(thick (fog:1.5) here)", "thick =1.1|fog=1.65| here=1.1")]
    [InlineData("(fog:.5), (rain:0), (snow:-1), (day:+2)", "fog=0.5|, =1|rain=0|, =1|snow=-1|, =1|day=2")]
    [InlineData(@"fog \(thick\) \[x\] \\ end", @"fog (thick) [x] \ end=1")]
    [InlineData(@"(fog \(thick\):1.3)", "fog (thick)=1.3")]
    [InlineData("a (street", "a =1|street=1.1")]
    [InlineData("a [street (fog", "a =1|street =0.909091|fog=1")]
    [InlineData("a street) ] at 16:9", "a street) ] at 16:9=1")]
    [InlineData("fog:1.2)", "fog:1.2)=1")]
    [InlineData("(fog:1.2.3)", "fog:1.2.3=1.1")]
    [InlineData("(fog:thick)", "fog:thick=1.1")]
    [InlineData("[day:night:0.5]", "day:night:0.5=0.909091")]
    [InlineData("()(fog)", "fog=1.1")]
    public void Brackets_weigh_what_is_between_them(string prompt, string parts) =>
        Assert.Equal(
            parts,
            string.Join(
                '|',
                WeightedPrompt
                    .Parse(prompt)
                    .Parts.Select(part => $"{part.Text}={Math.Round(part.Weight, 6).ToString(CultureInfo.InvariantCulture)}")
            )
        );

    [Theory]
    [InlineData("a (red) car [left], 50% \\ off")]
    [InlineData(@"\(escaped\) \\")]
    [InlineData("plain")]
    public void An_escaped_text_is_read_as_it_is(string text)
    {
        var read = WeightedPrompt.Parse(WeightedPrompt.Escape(text));
        Assert.Equal((text, true), (read.Text, read.IsPlain));
    }

    [Theory]
    [InlineData("<lora:night:0.8> a street", "<lora:night:0.8>")]
    [InlineData("[day:night:0.5]", "[from:to:when]")]
    [InlineData("[night:0.5]", "[from:to:when]")]
    [InlineData("[day|night]", "[one|other]")]
    [InlineData("a street AND fog", "AND")]
    [InlineData("a street BREAK fog", "BREAK")]
    [InlineData("a {day|night} street", "{one|other}")]
    [InlineData("a __colour__ car", "__name__")]
    [InlineData("(format 16:9)", "the weight 9")]
    [InlineData("(fog:-1)", "the weight -1")]
    [InlineData("(fog:1,2)", "a decimal point")]
    public void Syntax_that_does_something_else_elsewhere_is_warned_of(string prompt, string named) =>
        Assert.Contains(named, Assert.Single(PromptSyntax.Warnings(prompt)), StringComparison.Ordinal);

    [Fact]
    public void Ordinary_prompts_are_not_warned_of() =>
        Assert.All(
            new[] { "a street and a road, brand new", "(fog:1.3) [rain] ((night))", @"breakfast \[a:b:0.5\] a < b > c", "one_two __", "" },
            prompt => Assert.Empty(PromptSyntax.Warnings(prompt))
        );
}
