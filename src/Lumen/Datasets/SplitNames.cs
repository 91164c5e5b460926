namespace Lumen.Datasets;

/// <summary>What the parts of data sets are called, and which of them no picture may be made from.</summary>
public static class SplitNames
{
    /// <summary>The part of a data set that has no parts.</summary>
    public const string All = "all";

    private static readonly string[] Training = ["train", "training"];
    private static readonly string[] HeldOut = ["val", "valid", "validation", "dev", "eval", "evaluation", "test", "testing", "minival", "testdev", "test-dev"];

    /// <summary>Whether this is the training part, also with a year behind it as in <c>train2017</c>.</summary>
    public static bool IsTraining(string split) => Is(split, Training);

    /// <summary>Whether this part is for choosing or measuring models: nothing may be generated from it.</summary>
    public static bool IsHeldOut(string split) => Is(split, HeldOut);

    /// <summary>Whether this held-out part is for choosing models: <c>val</c>, not <c>test</c>.</summary>
    public static bool IsValidation(string split) => IsHeldOut(split) && Order(split) == 1;

    internal static bool IsKnown(string name) => IsTraining(name) || IsHeldOut(name);

    internal static int Order(string name) => IsTraining(name) ? 0 : name.StartsWith("test", StringComparison.OrdinalIgnoreCase) ? 2 : 1;

    private static bool Is(string split, string[] names) => names.Contains(split.TrimEnd("0123456789_-".ToCharArray()), StringComparer.OrdinalIgnoreCase);
}
