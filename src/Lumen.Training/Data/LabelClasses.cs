using Lumen.Datasets;

namespace Lumen.Training.Data;

/// <summary>The classes of a corpus as a one-hot map needs them: ids are those of the label files.</summary>
/// <param name="Count">Ids are 0...Count - 1.</param>
/// <param name="Ignore">Id of pixels without a class.</param>
public sealed record LabelClasses(int Count, int Ignore = 255)
{
    private static readonly string[] Nothing = ["void", "unlabelled", "unlabeled", "ignore", "ignored"];

    /// <summary>
    /// From the classes of a data set; null where it does not say. A last class that is called void or the like is what is ignored; one
    /// elsewhere keeps its channel, so that ids stay those of the files.
    /// </summary>
    public static LabelClasses? Of(ClassTable table)
    {
        if (table.Classes.Count == 0)
            return null;
        var last = table.Classes.MaxBy(one => one.Id)!;
        if (last.Id > 0 && Nothing.Contains(last.Name, StringComparer.OrdinalIgnoreCase))
            return new LabelClasses(last.Id, last.Id);
        return new LabelClasses(last.Id + 1, table.Ignore is { } ignore && ignore > last.Id ? ignore : 255);
    }
}
