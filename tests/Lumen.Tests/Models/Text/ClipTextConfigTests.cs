using System.Text.Json;
using Lumen.Models.Text;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Models.Text;

public sealed class ClipTextConfigTests
{
    [Theory]
    [InlineData("sd/pipeline/text_encoder")]
    [InlineData("sd2/text_encoder_gelu")]
    [InlineData("keys/clip_vit_l14_text")]
    [InlineData("keys/sd21_openclip_h_text")]
    public void A_published_config_survives_being_written_again(string folder)
    {
        var published = File.ReadAllText(Path.Combine(Golden.Folder(folder), "config.json"));
        var config = ClipTextConfig.Parse(published);
        Assert.Equal(config, ClipTextConfig.Parse(config.ToJson()));
        using var before = JsonDocument.Parse(published);
        using var after = JsonDocument.Parse(config.ToJson());
        var missing = before
            .RootElement.EnumerateObject()
            .Select(p => p.Name)
            .Except(after.RootElement.EnumerateObject().Select(p => p.Name), StringComparer.Ordinal);
        Assert.Empty(missing.Except(["_name_or_path", "transformers_version"], StringComparer.Ordinal));
    }

    [Fact]
    public void Absent_keys_mean_the_upstream_default()
    {
        var config = ClipTextConfig.Parse("{}");
        Assert.Equal(
            (49408, 512, 2048, 12, 8, 77),
            (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.Layers, config.Heads, config.MaxPositions)
        );
    }

    [Fact]
    public void A_whole_clip_config_is_read_at_its_text_part() =>
        Assert.Equal(
            24,
            ClipTextConfig.Parse("""{"hidden_size": 999, "text_config": {"hidden_size": 24, "num_attention_heads": 3}}""").HiddenSize
        );

    [Fact]
    public void All_faults_are_named_together()
    {
        var message = Assert
            .Throws<LumenException>(() => ClipTextConfig.Parse("""{"hidden_act": "relu", "vocab_size": "many", "num_hidden_layers": 0}"""))
            .Message;
        Assert.Contains("hidden_act", message, StringComparison.Ordinal);
        Assert.Contains("relu", message, StringComparison.Ordinal);
        Assert.Contains("vocab_size", message, StringComparison.Ordinal);
        Assert.Contains("num_hidden_layers", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"hidden_size": 10, "num_attention_heads": 3}""", "num_attention_heads")]
    [InlineData("[]", "JSON object")]
    [InlineData("{", "JSON")]
    public void An_unusable_config_is_refused_with_a_sentence(string json, string said) =>
        Assert.Contains(said, Assert.Throws<LumenException>(() => ClipTextConfig.Parse(json)).Message, StringComparison.Ordinal);
}
