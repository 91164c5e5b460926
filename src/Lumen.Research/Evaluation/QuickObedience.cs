using Lumen.Imaging;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Does the prompt decide? Two pictures from the same layout and noise, of prompts that differ in one word, must come in the right order:
/// by day brighter than at night (mean luminance), in clear weather richer in local contrast than in fog. Each order is taken on a quarter
/// of the references, so both together cost as many pictures again as the main part.
/// </summary>
internal sealed class QuickObedience(QuickGeneration run)
{
    private readonly int _quarter = Math.Max(1, run.Scenes.Count / 4);

    public (int Pairs, int Right, int RightInRenders) DayAndNight() =>
        Count(0, "pictures by day and at night", QuickPrompts.DayAndNight, PictureMetrics.MeanLuminance);

    public (int Pairs, int Right, int RightInRenders) ClearAndFog() =>
        Count(_quarter, "pictures in clear weather and in fog", QuickPrompts.ClearAndFog, PictureMetrics.LocalContrast);

    private (int Pairs, int Right, int RightInRenders) Count(
        int first,
        string stage,
        Func<SceneAppearance, int, (SceneAppearance More, SceneAppearance Less)> prompts,
        Func<Picture, double> measure
    )
    {
        var pairs = Enumerable
            .Range(first, _quarter)
            .Select(index => (Index: index, Pair: prompts(run.Scenes[index].Appearance, index)))
            .ToArray();
        var chunks = pairs.Chunk(Math.Max(1, run.Options.BatchSize / 2)).ToArray();
        var pictures = run.Shared(
            stage,
            [.. chunks.Select(chunk => chunk.Length)],
            pass =>
                run.Pictures([
                    .. chunks[pass].SelectMany(entry => new[] { Wish(entry.Index, entry.Pair.More), Wish(entry.Index, entry.Pair.Less) }),
                ])
        );
        var right = Enumerable.Range(0, pairs.Length).Count(i => measure(pictures[2 * i]) > measure(pictures[2 * i + 1]));
        var renders = pairs.Count(entry =>
            measure(run.Scenes[entry.Index].In(entry.Pair.More).Picture) > measure(run.Scenes[entry.Index].In(entry.Pair.Less).Picture)
        );
        return (_quarter, right, renders);
    }

    private (int Reference, string Prompt, long Item) Wish(int index, SceneAppearance appearance) =>
        (index, CaptionWriter.Plain(appearance), run.Scenes.Count + index);
}
