using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class ConfigJsonTests
{
    [Fact]
    public void Fields_are_read_and_absent_or_null_ones_have_their_default()
    {
        const string Json =
            """{"in_channels": 4, "width": 320.0, "eps": 1e-5, "flip": true, "act_fn": "silu", "blocks": ["A", "B"], "channels": [320, 640], "extra": null}""";
        var result = Parse(
            Json,
            config =>
                (
                    config.Int("in_channels", 3),
                    config.Int("width", 1),
                    config.Number("eps", 0),
                    config.Flag("flip", false),
                    config.Choice("act_fn", "gelu", "silu", "gelu")
                )
        );
        Assert.Equal((4, 320, 1e-5, true, "silu"), result);
        Assert.Equal(["A", "B"], Parse(Json, config => config.Texts("blocks", [])));
        Assert.Equal([320, 640], Parse(Json, config => config.Ints("channels", [])));
        var absent = Parse(
            Json,
            config =>
                (
                    config.Int("extra", 7),
                    config.OptionalInt("none"),
                    config.Number("none", 0.5),
                    config.Text("none", "x"),
                    config.Has("extra")
                )
        );
        Assert.Equal((7, null, 0.5, "x", false), absent);
    }

    [Theory]
    [InlineData("8", new[] { 8, 8, 8, 8 })]
    [InlineData("[5, 10, 20, 20]", new[] { 5, 10, 20, 20 })]
    [InlineData("null", new[] { 1, 1, 1, 1 })]
    public void A_number_for_all_or_one_each_are_the_same(string value, int[] expected) =>
        Assert.Equal(expected, Parse($"{{\"attention_head_dim\": {value}}}", config => config.IntOrList("attention_head_dim", 4, 1)));

    [Fact]
    public void All_faults_are_reported_together()
    {
        const string Json = """
            {"in_channels": "four", "layers": 0, "eps": [], "flip": 1, "act_fn": "mish", "heads": [1, 2], "blocks": ["Down", "Up"], "class_embed_type": "timestep", "text_config": {"vocab_size": 1.5}, "surprise": 3, "_class_name": "X"}
            """;
        var error = Assert.Throws<LumenException>(() =>
            Parse(
                Json,
                config =>
                {
                    config.Int("in_channels", 4);
                    config.Int("layers", 2);
                    config.Number("eps", 1);
                    config.Flag("flip", true);
                    config.Choice("act_fn", "silu", "silu", "gelu");
                    config.IntOrList("heads", 4, 8);
                    config.Texts("blocks", [], "Down");
                    config.Unsupported("class_embed_type", "false");
                    config.Object("text_config", text => (object)text.Int("vocab_size", 1));
                    config.RequiredInt("needed");
                    config.Require(false, "heads must divide width.");
                    config.RefuseOthers();
                    return 0;
                }
            )
        );
        string[] lines =
        [
            "config.json cannot be used:",
            "  in_channels must be a whole number from 1 up but is \"four\".",
            "  layers must be a whole number from 1 up but is 0.",
            "  eps must be a number but is [].",
            "  flip must be true or false but is 1.",
            "  act_fn: \"mish\" is not supported; expected one of silu, gelu.",
            "  heads must be a whole number from 1 up, or a list of 4 but is [1, 2].",
            "  blocks: \"Up\" is not supported; expected Down.",
            "  class_embed_type: \"timestep\" is not supported; expected null or false.",
            "  text_config.vocab_size must be a whole number from 1 up but is 1.5.",
            "  needed is missing; expected a whole number.",
            "  heads must divide width.",
            "  surprise: 3 is a setting that is not known here; correct its name, or take it out if it means nothing.",
        ];
        Assert.Equal(lines, error.Message.Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("", "is not valid JSON")]
    [InlineData("{\"a\": 1, \"a\": 2}", "is not valid JSON")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("\"\\ud800\"", "holds half of a character")]
    public void What_is_not_an_object_is_refused(string json, string fragment) =>
        Assert.Contains(fragment, Assert.Throws<LumenException>(() => Parse(json, _ => 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_absent_file_is_named()
    {
        using var folder = new TempFolder();
        Assert.Contains(
            "config.json cannot be read",
            Assert.Throws<LumenException>(() => ConfigJson.Read(folder.File("config.json"), _ => 0)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_file_is_read_like_text()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("config.json"), "\uFEFF{\"in_channels\": 9}");
        Assert.Equal(9, ConfigJson.Read(folder.File("config.json"), config => config.Int("in_channels", 4)));
    }

    private static T Parse<T>(string json, Func<ConfigReader, T> map) => ConfigJson.Parse(json, "config.json", map);
}
