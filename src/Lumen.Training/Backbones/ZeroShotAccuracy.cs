using Lumen.Captioning;
using Lumen.Imaging;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>
/// How well a CLIP in training tells phrases apart. A held-out picture counts in a group whose phrases its own caption names one of; the
/// answer is the phrase of the largest cosine.
/// </summary>
internal sealed class ZeroShotAccuracy(PhraseBook book, PictureCorpus heldOut)
{
    private const int Pass = 64,
        Rows = 3,
        Columns = 4;

    /// <summary>For each group that captions name, the share of right answers: <c>zero_shot_time</c>.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1] to [B, E].</param>
    /// <param name="texts">Texts to [T, E].</param>
    public IReadOnlyList<KeyValuePair<string, double>> Figures(Func<Tensor, Tensor> pictures, Func<IReadOnlyList<string>, Tensor> texts)
    {
        var answers = Answers(heldOut.Count, pictures, texts);
        return
        [
            .. book.Groups.SelectMany(
                (group, g) =>
                {
                    var asked = Enumerable
                        .Range(0, heldOut.Count)
                        .Select(i => (Named: group.NamedIn(heldOut.Caption(i)), Answer: answers[i][g]))
                        .Where(one => one.Named.Count == 1)
                        .ToList();
                    return asked.Count == 0
                        ? Enumerable.Empty<KeyValuePair<string, double>>()
                        : [new($"zero_shot_{group.Name}", asked.Count(one => one.Named[0] == one.Answer) / (double)asked.Count)];
                }
            ),
        ];
    }

    /// <summary>Writes a sheet of held-out pictures with the answers.</summary>
    /// <inheritdoc cref="Figures"/>
    public void Write(string path, Func<Tensor, Tensor> pictures, Func<IReadOnlyList<string>, Tensor> texts)
    {
        var count = Math.Min(Rows * Columns, heldOut.Count);
        var answers = Answers(count, pictures, texts);
        var rows = Enumerable
            .Range(0, count)
            .Chunk(Columns)
            .Select(row =>
                ContactSheet.Compose(
                    [
                        [.. row.Select(heldOut.ReadPicture)],
                    ],
                    [.. row.Select(i => string.Join(", ", book.Groups.Select((group, g) => group.Phrases[answers[i][g]])))]
                )
            );
        PngWriter.WriteRgb(path, ContactSheet.Compose([.. rows.Select(row => (IReadOnlyList<Picture>)[row])]));
    }

    // For every picture the number of the best phrase of each group.
    private int[][] Answers(int count, Func<Tensor, Tensor> pictures, Func<IReadOnlyList<string>, Tensor> texts)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var phrases = book.Groups.Select(group => Embedded(group, texts)).ToList();
        var answers = new List<int[]>();
        foreach (var chunk in Enumerable.Range(0, count).Chunk(Pass))
        {
            using var pass = NewDisposeScope();
            var embedded = pictures(heldOut.Batch(chunk)).to_type(ScalarType.Float32); // [B, E]; only its direction counts
            var best = phrases.Select(group => embedded.mm(group.t()).argmax(1).cpu().data<long>().ToArray()).ToList();
            answers.AddRange(chunk.Select((_, i) => best.Select(group => (int)group[i]).ToArray()));
        }
        return [.. answers];
    }

    // [P, E], the mean direction over the group's prompts
    private static Tensor Embedded(PhraseGroup group, Func<IReadOnlyList<string>, Tensor> texts)
    {
        using var scope = NewDisposeScope();
        var sum = group
            .Prompts.Select(prompt =>
                Unit(texts([.. group.Phrases.Select(phrase => prompt.Replace("{}", phrase, StringComparison.Ordinal))]))
            )
            .Aggregate((a, b) => a + b);
        return Unit(sum).MoveToOuterDisposeScope();
    }

    private static Tensor Unit(Tensor rows) => rows / rows.norm(1, keepdim: true);
}
