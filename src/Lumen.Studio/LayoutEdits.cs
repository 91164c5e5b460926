using Lumen.Augmentation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Studio.Api;

namespace Lumen.Studio;

/// <summary>Edits of layouts by their names, and how agreement is drawn.</summary>
internal static class LayoutEdits
{
    private const int LargestMask = 4 << 20;

    /// <summary>Edits a layout.</summary>
    /// <param name="layout">Stays as it is.</param>
    /// <param name="other">Of paste and mix: what is taken from.</param>
    /// <param name="body">The edit.</param>
    /// <returns>The caller's.</returns>
    /// <exception cref="LumenException">The edit lacks something, or does not fit the layout.</exception>
    public static NeuralLayout Apply(NeuralLayout layout, NeuralLayout? other, EditBody body)
    {
        switch (body.Edit)
        {
            case "mirror":
                return layout.Mirror();
            case "flip":
                return layout.Mirror(MirrorAxis.Vertical);
            case "keep":
                return layout.Keep([.. Required(body.Components, "components")]);
            case "drop":
                return layout.Drop([.. Required(body.Components, "components")]);
            case "erase" when body.Mask is { } mask:
            {
                using var cells = LayoutMask.Of(Decoded(mask), layout, "of the eraser");
                return layout.Erase(cells);
            }
            case "erase":
                return layout.Erase(Region(body.Region));
            case "mix":
                return layout.Mix(
                    other ?? throw Lacks(body.Edit, "the id of another layout in other"),
                    Decoded(body.Mask ?? throw Lacks(body.Edit, "a mask"))
                );
            case "paste":
                var to = Required(body.To, "to");
                return to is [var x, var y]
                    ? layout.Paste(other ?? layout, Region(body.Region), (x, y))
                    : throw Lacks(body.Edit, "x and y in to");
            default:
                throw new LumenException(
                    LumenErrorKind.Option,
                    $"The edit \"{body.Edit}\" is not known. Give mirror, flip, erase, paste, mix, keep or drop."
                );
        }

        T Required<T>(T? value, string name)
            where T : class => value ?? throw Lacks(body.Edit, name);

        PixelRegion Region(IReadOnlyList<int>? values) =>
            values is [var x, var y, var width, var height]
                ? new(x, y, width, height)
                : throw Lacks(body.Edit, "x, y, width and height in region");
    }

    /// <summary>The agreement of two layouts of one size, cell by cell, as a grey picture of that size.</summary>
    public static Picture DrawAgreement(NeuralLayout own, NeuralLayout wanted)
    {
        var size = (wanted.ImageWidth, wanted.ImageHeight);
        return AgreementMap.Drawn(AgreementMap.Of(own, wanted).At(size, size, size), wanted.ImageWidth, wanted.ImageHeight);
    }

    private static Picture Decoded(string mask)
    {
        var bytes = new byte[mask.Length];
        if (mask.Length > LargestMask || !Convert.TryFromBase64String(mask, bytes, out var count))
            throw new LumenException(LumenErrorKind.Format, "The mask must be a PNG file in base64, of at most 4 MB.");
        return PictureReader.Decode(bytes[..count], "The mask", backdrop: 0);
    }

    private static LumenException Lacks(string edit, string what) => new(LumenErrorKind.Option, $"The edit {edit} needs {what}.");
}
