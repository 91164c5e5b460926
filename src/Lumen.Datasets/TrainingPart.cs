namespace Lumen.Datasets;

/// <summary>Which part of a data set models, bases and new pictures are made from.</summary>
public static class TrainingPart
{
    /// <summary>The part that is asked for, or the training part; everything where there are no parts.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="asked">Its name; null finds the training part.</param>
    /// <param name="allowHeldOut">Whether a held-out part may be asked for.</param>
    /// <exception cref="LumenException">There is no such part, or it is held out.</exception>
    public static string Of(Dataset dataset, string? asked = null, bool allowHeldOut = false)
    {
        var parts = string.Join(", ", dataset.Splits);
        var split =
            asked
            ?? dataset.Splits.FirstOrDefault(SplitNames.IsTraining)
            ?? (dataset.Splits.Contains(SplitNames.All) ? SplitNames.All : null)
            ?? (allowHeldOut && dataset.Splits is [var only] ? only : null)
            ?? throw new LumenException(
                LumenErrorKind.Dataset,
                $"{dataset.Root} has no training part; it has {parts}. Models, bases and new pictures are made from training "
                    + "pictures only: name the part with `Split`, or with \"split\" in a recipe's data."
            );
        if (!dataset.Splits.Contains(split))
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"{dataset.Root} has no part \"{split}\"; it has {parts}. Name one of them with `Split`, or "
                    + "with \"split\" in a recipe's data."
            );
        if (SplitNames.IsHeldOut(split) && !allowHeldOut)
            throw new LumenException(
                LumenErrorKind.Dataset,
                $"The part \"{split}\" is held out: what is trained on it or made from it could not be measured on it any more. "
                    + "Name a training part, or, where the name misleads, say so: `AllowHeldOut`, \"allow_held_out\": true in a "
                    + "recipe's data."
            );
        return split;
    }
}
