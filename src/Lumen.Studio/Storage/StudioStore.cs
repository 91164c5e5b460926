using System.Globalization;
using System.Text.Json;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Studio.Jobs;

namespace Lumen.Studio.Storage;

/// <summary>What the studio remembers of pictures, references, layouts and presets: rows of the data base, files of the gallery.</summary>
internal sealed class StudioStore(GalleryFolder folder, StudioDatabase database, TimeProvider time)
{
    private const int MostSources = 2000;

    /// <summary>Files.</summary>
    public GalleryFolder Folder => folder;

    /// <summary>Rows.</summary>
    public StudioDatabase Database => database;

    /// <summary>Writes a generated picture, first the file, then the row.</summary>
    public StoredPicture Add(GeneratedPicture picture, string job, string? reference, string? layout)
    {
        var id = GalleryFolder.NewId();
        var stored = new StoredPicture(
            id,
            job,
            GalleryFolder.NamePicture(id, time.GetLocalNow()),
            picture.Record.Prompt,
            picture.Seed.ToString(CultureInfo.InvariantCulture),
            picture.Agreement,
            picture.Picture.Width,
            picture.Picture.Height,
            time.GetUtcNow(),
            reference,
            layout,
            false,
            false
        );
        AtomicFile.Write(folder.PathOf(stored.File), picture.ToPng());
        Insert(stored, picture.Record.ToJson().ToJsonString());
        return stored;
    }

    /// <summary>Writes a sheet of pictures.</summary>
    public StoredPicture AddSheet(Picture sheet, PngText text, string prompt, string job, string? reference, string? layout)
    {
        var id = GalleryFolder.NewId();
        var stored = new StoredPicture(
            id,
            job,
            GalleryFolder.NamePicture(id, time.GetLocalNow()),
            prompt,
            "",
            null,
            sheet.Width,
            sheet.Height,
            time.GetUtcNow(),
            reference,
            layout,
            false,
            false
        );
        AtomicFile.Write(folder.PathOf(stored.File), sheet.ToPng(text));
        Insert(stored, text.Lumen ?? "{}");
        return stored;
    }

    /// <summary>One picture, or null.</summary>
    public StoredPicture? Picture(string id) => database.Read("select * from pictures where id = $0", Picture, id).SingleOrDefault();

    /// <summary>The record of a picture, as it stands in its file.</summary>
    public string? Record(string id) =>
        database.Read("select record from pictures where id = $0", row => row.Text("record"), id).SingleOrDefault();

    /// <summary>Pictures, the newest first.</summary>
    /// <param name="search">Words that all stand in the prompt; null for all pictures.</param>
    /// <param name="starred">Only those that are marked.</param>
    /// <param name="binned">Those in the bin instead.</param>
    /// <param name="before">Only those after this one in the list; null from the first.</param>
    /// <param name="count">At most this many.</param>
    public IReadOnlyList<StoredPicture> Pictures(
        string? search = null,
        bool starred = false,
        bool binned = false,
        string? before = null,
        int count = 60
    )
    {
        var words = (search ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(8).ToArray();
        var conditions = words.Select((_, i) => $"prompt like ${i + 4} escape '\\'").ToList();
        conditions.Add("binned = $0 and (starred = 1 or $1 = 0)");
        conditions.Add("($2 is null or rowid < (select rowid from pictures where id = $2))");
        return database.Read(
            $"select * from pictures where {string.Join(" and ", conditions)} order by rowid desc limit $3",
            Picture,
            [binned ? 1 : 0, starred ? 1 : 0, before, count, .. words.Select(word => $"%{Escaped(word)}%")]
        );
    }

    /// <summary>Pictures of a job in their order.</summary>
    public IReadOnlyList<StoredPicture> PicturesOf(string job) =>
        database.Read("select * from pictures where job = $0 order by rowid", Picture, job);

    /// <summary>Marks a picture, or takes the mark away.</summary>
    public bool Star(string id, bool starred) => database.Do("update pictures set starred = $1 where id = $0", id, starred ? 1 : 0) > 0;

    /// <summary>Moves a picture to the bin, or back.</summary>
    public bool Bin(string id, bool binned)
    {
        if (Picture(id) is not { } picture)
            return false;
        if (picture.Binned == binned)
            return true;
        var name = binned ? GalleryFolder.NameBinned(picture.File) : GalleryFolder.NamePicture(id, picture.Created);
        var (from, to) = (folder.PathOf(picture.File), folder.PathOf(name));
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (File.Exists(from))
            File.Move(from, to, overwrite: true);
        database.Do("update pictures set binned = $1, file = $2 where id = $0", id, binned ? 1 : 0, name);
        return true;
    }

    /// <summary>Deletes for good what is in the bin.</summary>
    /// <returns>How many pictures were deleted.</returns>
    public int EmptyBin()
    {
        var binned = database.Read("select * from pictures where binned = 1", Picture);
        foreach (var picture in binned)
        {
            File.Delete(folder.PathOf(picture.File));
            database.Do("delete from pictures where id = $0", picture.Id);
        }
        return binned.Count;
    }

    /// <summary>Keeps a reference as PNG, once: its pixels, and nothing else that its file held.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="origin">Where its labels are, or null.</param>
    public StoredSource AddReference(Picture picture, string name, ReferenceOrigin? origin = null)
    {
        var png = picture.ToPng();
        var id = GalleryFolder.IdOf(png);
        if (origin is not null)
            AtomicFile.Write(folder.PathOf(GalleryFolder.NameOrigin(id)), JsonSerializer.SerializeToUtf8Bytes(origin, JobRequest.Json));
        if (Source(id, "reference") is { } known)
            return known;
        AtomicFile.Write(folder.PathOf(GalleryFolder.NameReference(id)), png);
        return Insert(new StoredSource(id, "reference", name, picture.Width, picture.Height, null, "", time.GetUtcNow()));
    }

    /// <summary>Where the labels of a reference are; null where nobody knows.</summary>
    public ReferenceOrigin? Origin(string reference) =>
        GalleryFolder.IsId(reference) && folder.PathOf(GalleryFolder.NameOrigin(reference)) is var path && File.Exists(path)
            ? JsonFile.Read(path).As<ReferenceOrigin>(JobRequest.Json)
            : null;

    /// <summary>Keeps a layout.</summary>
    public StoredSource AddLayout(NeuralLayout layout, string name, string? reference)
    {
        var id = GalleryFolder.NewId();
        layout.Save(folder.PathOf(GalleryFolder.NameLayout(id)));
        var edits = string.Join('\n', layout.Edits);
        return Insert(new StoredSource(id, "layout", name, layout.ImageWidth, layout.ImageHeight, reference, edits, time.GetUtcNow()));
    }

    /// <summary>A reference or a layout, or null.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="kind"><c>reference</c> or <c>layout</c>.</param>
    public StoredSource? Source(string? id, string kind) =>
        GalleryFolder.IsId(id)
            ? database.Read("select * from sources where id = $0 and kind = $1", Source, id, kind).SingleOrDefault()
            : null;

    /// <summary>References or layouts, the newest first.</summary>
    public IReadOnlyList<StoredSource> Sources(string kind, int count = 60) =>
        database.Read(
            "select * from sources where kind = $0 order by rowid desc limit $1",
            Source,
            kind,
            Math.Clamp(count, 1, MostSources)
        );

    /// <summary>The layout that was read from a reference and not edited, or null.</summary>
    public StoredSource? LayoutOf(string reference) =>
        database
            .Read("select * from sources where kind = 'layout' and reference = $0 and edits = '' order by rowid limit 1", Source, reference)
            .SingleOrDefault();

    /// <summary>Presets by name.</summary>
    public IReadOnlyList<StoredPreset> Presets() =>
        database.Read(
            "select * from presets order by name",
            row => new StoredPreset(row.Text("name"), row.Text("settings"), row.Time("created"))
        );

    /// <summary>Saves a preset, replacing one of its name.</summary>
    public void SavePreset(string name, string settings) =>
        database.Do(
            "insert into presets (name, settings, created) values ($0, $1, $2) "
                + "on conflict (name) do update set settings = $1, created = $2",
            name,
            settings,
            Stamp(time.GetUtcNow())
        );

    /// <summary>Deletes a preset.</summary>
    public bool DeletePreset(string name) => database.Do("delete from presets where name = $0", name) > 0;

    /// <summary>A time as the data base holds it.</summary>
    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static string Escaped(string word) =>
        word.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);

    private void Insert(StoredPicture picture, string record) =>
        database.Do(
            "insert into pictures (id, job, file, prompt, record, seed, agreement, width, height, created, reference, layout) "
                + "values ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            picture.Id,
            picture.Job,
            picture.File,
            picture.Prompt,
            record,
            picture.Seed,
            picture.Agreement,
            picture.Width,
            picture.Height,
            Stamp(picture.Created),
            picture.Reference,
            picture.Layout
        );

    private StoredSource Insert(StoredSource source)
    {
        database.Do(
            "insert or ignore into sources (id, kind, name, width, height, reference, edits, created) "
                + "values ($0, $1, $2, $3, $4, $5, $6, $7)",
            source.Id,
            source.Kind,
            source.Name,
            source.Width,
            source.Height,
            source.Reference,
            source.Edits,
            Stamp(source.Created)
        );
        return source;
    }

    private static StoredPicture Picture(StudioDatabase.Row row) =>
        new(
            row.Text("id"),
            row.OptionalText("job"),
            row.Text("file"),
            row.Text("prompt"),
            row.Text("seed"),
            row.Number("agreement"),
            row.Int("width"),
            row.Int("height"),
            row.Time("created"),
            row.OptionalText("reference"),
            row.OptionalText("layout"),
            row.Flag("starred"),
            row.Flag("binned")
        );

    private static StoredSource Source(StudioDatabase.Row row) =>
        new(
            row.Text("id"),
            row.Text("kind"),
            row.Text("name"),
            row.Int("width"),
            row.Int("height"),
            row.OptionalText("reference"),
            row.Text("edits"),
            row.Time("created")
        );
}
