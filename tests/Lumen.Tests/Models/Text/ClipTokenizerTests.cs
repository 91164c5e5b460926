using System.Text;
using System.Text.Json;
using CsCheck;
using Lumen.Models.Text;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Text;

public sealed class ClipTokenizerTests
{
    private static readonly ClipTokenizer Published = ClipTokenizer.Load(Golden.Folder("sd/pipeline/tokenizer"));

    // Any UTF-16 units at all, so lone surrogates and unassigned code points too, mixed with what the pattern treats specially.
    private static readonly Gen<string> AnyText = Gen.OneOf(
            Gen.Char.Select(c => c.ToString()),
            Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(c => new Rune(c).ToString()),
            Gen.OneOf("'s", "'LL", "İ", "ΑΣ", "<|endoftext|>", "<|", "\u0301", "가", "word ", " ", "12")
        )
        .Array[0, 60]
        .Select(string.Concat);

    [Fact]
    public void Every_reference_row_has_the_reference_ids()
    {
        using var rows = JsonDocument.Parse(File.ReadAllText(Golden.Path("sd/io/tokenizer/tokens.json")));
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            var prompt = Published.Encode(text);
            Assert.Equal(Ids(row.GetProperty(row.GetProperty("agree").GetBoolean() ? "ids" : "ids_nfc_only")), prompt.Ids);
            if (!row.GetProperty("agree").GetBoolean())
                continue;
            Assert.Equal(row.GetProperty("n").GetInt32(), prompt.Count);
            Assert.Equal(row.GetProperty("full_count").GetInt32() > 77, prompt.Truncated is not null);
        }
    }

    [Fact]
    public void Random_text_of_many_scripts_has_the_ids_that_python_gives()
    {
        using var rows = JsonDocument.Parse(File.ReadAllText(Golden.Path("text/scripts/tokens.json")));
        List<string> wrong = [];
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            var want = Ids(row.GetProperty("ids"));
            if (!want.Take(75).SequenceEqual(Published.Encode(text).Ids[1..^1].Take(want.Length)))
                wrong.Add(string.Join(' ', text.EnumerateRunes().Select(r => r.Value.ToString("X"))));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Any_text_gives_exactly_77_ids_of_the_vocabulary() =>
        AnyText.Sample(
            text =>
            {
                var prompt = Published.Encode(text);
                return prompt.Ids.Length == 77
                    && prompt.Ids[0] == 49406
                    && prompt.Ids[prompt.Count - 1] == 49407
                    && prompt.Ids.All(id => id is >= 0 and < 49408)
                    && prompt.Ids.Skip(prompt.Count).All(id => id == 49407)
                    && (prompt.Count == 77 || prompt.Truncated is null);
            },
            iter: 2000
        );

    [Fact]
    public void Decoding_plain_words_gives_them_back()
    {
        var word = Gen
            .Char.AlphaNumeric.Array[1, 10]
            .Select(letters => string.Concat(letters.Where(char.IsLetter).DefaultIfEmpty('x')).ToLowerInvariant());
        word.Array[1, 8]
            .Select(words => string.Join(' ', words))
            .Sample(text => Published.Decode(Published.Encode(text).Ids) == text, iter: 500);
    }

    [Fact]
    public void Case_and_spaces_do_not_matter() =>
        Assert.Equal(Published.Encode("a photo of a cat").Ids, Published.Encode("  A\tphoto\u00A0OF a \n CAT ").Ids);

    [Fact]
    public void A_prompt_that_is_too_long_names_what_was_cut()
    {
        var prompt = Published.Encode(string.Concat(Enumerable.Repeat("word ", 75)) + "Foggy Evening");
        Assert.Equal("foggy evening", prompt.Truncated);
        Assert.Equal(77, prompt.Count);
        Assert.Equal(49407, prompt.Ids[76]);
    }

    [Fact]
    public void A_hostile_prompt_of_a_megabyte_is_cut_in_reasonable_time()
    {
        var prompt = Published.Encode(
            new string('a', 1 << 18) + string.Concat(Enumerable.Repeat("e\u0301\u0323", 1 << 16)) + new string('\u0301', 1 << 18)
        );
        Assert.Equal(77, prompt.Count);
    }

    [Fact]
    public void A_batch_is_one_row_of_ids_per_prompt()
    {
        using var ids = Published.EncodeBatch(["a cat", "", "a dog"]);
        Assert.Equal([3, 77], ids.shape);
        Assert.Equal(ScalarType.Int64, ids.dtype);
        Assert.Equal(Published.Encode("a dog").Ids, ids[2].data<long>().ToArray());
    }

    [Fact]
    public void Stable_diffusion_2_pads_with_the_exclamation_mark_that_only_the_map_names()
    {
        using var folder = Copy();
        File.WriteAllText(
            folder.File("special_tokens_map.json"),
            """{"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "!", "unk_token": "<|endoftext|>"}"""
        );
        Assert.Equal([49406, 320, 2368, 49407, 0, 0], ClipTokenizer.Load(folder.Path).Encode("a cat").Ids[..6]);
    }

    [Theory]
    [InlineData("vocab.json", null, "vocab.json")]
    [InlineData("vocab.json", "{}", "holds no tokens")]
    [InlineData("vocab.json", "[1, 2]", "one JSON object")]
    [InlineData("vocab.json", """{"a": -1}""", "ids run from 0")]
    [InlineData("vocab.json", """{"a": 2000000000}""", "ids run from 0")]
    [InlineData("merges.txt", null, "merges.txt")]
    [InlineData("merges.txt", "#version: 0.2\ni n\nqqqq zzzz\n", "line 3")]
    [InlineData("merges.txt", "#version: 0.2\nalone\n", "line 2")]
    [InlineData("tokenizer_config.json", "{", "not valid JSON")]
    [InlineData("special_tokens_map.json", """{"pad_token": "<pad>"}""", "pad_token '<pad>'")]
    public void A_broken_folder_is_refused_with_a_sentence(string file, string? content, string said)
    {
        using var folder = Copy();
        if (content is null)
            File.Delete(folder.File(file));
        else
            File.WriteAllText(folder.File(file), content);
        Assert.Contains(said, Assert.Throws<LumenException>(() => ClipTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static TempFolder Copy()
    {
        var folder = new TempFolder();
        foreach (var file in Directory.GetFiles(Golden.Folder("sd/pipeline/tokenizer")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        return folder;
    }

    private static long[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt64())];
}
