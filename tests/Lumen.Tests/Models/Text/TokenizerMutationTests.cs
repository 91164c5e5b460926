using Lumen.Models.Text;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Models.Text;

/// <summary>Whatever is done to a tokenizer's files: token ids, or a sentence.</summary>
public sealed class TokenizerMutationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    public void Any_mutation_gives_ids_within_the_vocabulary_or_a_sentence(string file)
    {
        ClipVocabulary.Write(_folder.Path, ["a street at night in fog", "a street by day in clear weather"], maxLength: 16);
        Mutation.Survive(
            _folder.File(file),
            300,
            () =>
            {
                var tokenizer = ClipTokenizer.Load(_folder.Path);
                var ids = tokenizer.Encode("a street at night, snöw 雪").Ids;
                Assert.Equal(tokenizer.MaxLength, ids.Length);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            }
        );
    }
}
