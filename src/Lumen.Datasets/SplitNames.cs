using System.Text.RegularExpressions;

namespace Lumen.Datasets;

/// <summary>
/// What the parts of data sets are called, and which of them no picture may be made from. Names are read word by word: words end at digits,
/// at signs and where a capital follows a small letter, so
/// <c>val2017_small</c>, <c>testA</c> and <c>held-out</c> are held out and <c>latest</c>, <c>contest</c> and <c>devon</c> are not. One
/// held-out word is enough: <c>train_val</c> is held out, too.
/// </summary>
public static partial class SplitNames
{
    /// <summary>The part of a data set that has no parts, or what lies outside the held-out ones.</summary>
    public const string All = "all";

    // VOC's and COCO's union of both; a training part only where there is no validation part of its own.
    private const string Union = "trainval";

    private static readonly HashSet<string> TrainingWords = new(StringComparer.Ordinal)
    {
        "train",
        "training",
        "trainset",
        "minitrain",
        "subtrain",
        Union,
    };

    private static readonly HashSet<string> ChoosingWords = new(StringComparer.Ordinal)
    {
        "val",
        "valid",
        "validate",
        "validating",
        "validation",
        "valset",
        "minival",
        "dev",
        "devel",
        "devset",
        "development",
        "eval",
        "evals",
        "evaluate",
        "evaluation",
        "evalset",
    };

    private static readonly HashSet<string> MeasuringWords = new(StringComparer.Ordinal)
    {
        "test",
        "testing",
        "testset",
        "testdev",
        "minitest",
        "holdout",
        "heldout",
    };

    /// <summary>Whether this is a training part, also with more in its name as in <c>train2017</c> or <c>train_extra</c>.</summary>
    public static bool IsTraining(string split) => Words(split) is var words && words.Any(TrainingWords.Contains) && !IsHeldOut(words);

    /// <summary>Whether this part is for choosing or measuring models: nothing may be fitted to it or made from it.</summary>
    public static bool IsHeldOut(string split) => IsHeldOut(Words(split));

    /// <summary>Whether this held-out part is for choosing models: <c>val</c>, not <c>test</c>.</summary>
    public static bool IsValidation(string split) => Words(split) is var words && words.Any(ChoosingWords.Contains) && !IsMeasuring(words);

    /// <summary>
    /// Whether a folder or list of this name is a part: a training or held-out one, and no folder of labels such as <c>train_masks</c>.
    /// </summary>
    internal static bool IsKnown(string name) => (IsTraining(name) || IsHeldOut(name)) && !FolderNames.IsLabels(name);

    /// <summary>Those of some names that are parts, training first.</summary>
    public static IReadOnlyList<string> Parts(IEnumerable<string> names)
    {
        var parts = names.Where(IsKnown).ToList();
        if (parts.Any(IsValidation))
            parts.RemoveAll(name => Words(name) is [Union]);
        return Sorted(parts);
    }

    /// <summary>Names in the order of their use: training, validation and others, test; the plainest name first.</summary>
    internal static IReadOnlyList<string> Sorted(IEnumerable<string> names) =>
        [.. names.OrderBy(Order).ThenBy(name => Words(name).Count).ThenBy(name => name, StringComparer.Ordinal)];

    /// <summary>The topmost folder of a path that is a part, or null.</summary>
    internal static string? PartOf(string path) => path.Split('/')[..^1].FirstOrDefault(IsKnown);

    /// <summary>Whether a name says first of all that it is held out (<c>test_small</c>), which <c>lumen-test-7</c> does not.</summary>
    public static bool BeginsHeldOut(string name) =>
        Words(name) is [var first, ..] words && (IsHeldOut([first]) || (first is "held" or "hold" && IsHeldOut([.. words.Take(2)])));

    /// <summary>Whether a name says first of all that it is for training.</summary>
    public static bool BeginsTraining(string name) => Words(name) is [var first, ..] && TrainingWords.Contains(first) && IsTraining(name);

    /// <summary>
    /// Whether two names differ only in saying that one is held out and the other for training: <c>streets-test</c> and
    /// <c>streets-train</c>.
    /// </summary>
    public static bool AreCounterparts(string heldOut, string training) =>
        IsHeldOut(heldOut) && IsTraining(training) && Rest(heldOut).SequenceEqual(Rest(training));

    /// <summary>The words of a name, in lower case.</summary>
    internal static IReadOnlyList<string> Words(string name) => [.. Word().Matches(name).Select(match => match.Value.ToLowerInvariant())];

    private static int Order(string name) =>
        IsTraining(name) ? 0
        : IsMeasuring(Words(name)) ? 2
        : 1;

    private static bool IsHeldOut(IReadOnlyList<string> words) => words.Any(ChoosingWords.Contains) || IsMeasuring(words);

    private static bool IsMeasuring(IReadOnlyList<string> words) =>
        words.Any(MeasuringWords.Contains)
        || Enumerable.Range(1, Math.Max(0, words.Count - 1)).Any(at => words[at] == "out" && words[at - 1] is "held" or "hold");

    private static IEnumerable<string> Rest(string name) =>
        Words(name).Where(word => !TrainingWords.Contains(word) && !IsHeldOut([word]) && word is not ("held" or "hold" or "out"));

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{L}")]
    private static partial Regex Word();
}
